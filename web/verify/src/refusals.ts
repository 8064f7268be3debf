// The words of every outcome that is no verdict. They say first what it does
// not mean, never accuse, and end in something a clerk can do or say aloud.

import type { Text } from '@edl/kit/i18n'
import type { Act, Kind, Shape, Tone } from './look'

export interface Advice {
  note: { tone: 'plain' | 'brick'; title: Text; say: Text }
  heading: Text
  steps: { say: Text; more?: Text }[]
}

interface Look {
  tone: Tone
  shape: Shape
  word: Text
  line?: Text // absent: the server's own sentence
  act: Act
  byNumber: boolean
  advice?: Advice
}

const t = (zh: string, en: string): Text => ({ zh, en })

const askThem = t('请对方这样做', 'Ask the driver to')
const nextStep = t('下一步', 'Next')
const notTheLicence = t('不代表驾驶证有问题', 'It says nothing about the licence')

export const refusals: Record<Exclude<Kind, 'usable' | 'not_usable' | 'pending' | 'no_record'>, Look> = {
  forged: {
    tone: 'forged', shape: 'forged', act: 'next', byNumber: true,
    word: t('码不真实', 'Not genuine'),
    line: t('签名与任何发证机关都不符', 'Its signature is no authority’s'),
    advice: {
      note: {
        tone: 'brick',
        title: t('码里的内容不可信，不予显示', 'What the code contains is not shown'),
        say: t('姓名、照片、车型都可能是编造的。', 'Name, photo and classes could all be made up.'),
      },
      heading: nextStep,
      steps: [
        { say: t('请对方打开本人的“亮码”，重新扫一次', 'Ask the driver to open their own code and scan again'), more: t('不接受截图、打印件和他人转发的码', 'No screenshots, prints or forwarded codes') },
        { say: t('仍不真实：按号码和姓名查询', 'Still not genuine: look up by number and name'), more: t('须填写事由，留下记录', 'A reason is asked and recorded') },
        { say: t('固定证据，按规定处置', 'Secure the evidence and proceed by the rules') },
      ],
    },
  },
  expired: {
    tone: 'again', shape: 'expired', act: 'rescan', byNumber: false,
    word: t('码已过期', 'Code expired'),
    line: t('请驾驶人刷新后再扫', 'Ask the driver to refresh, then scan'),
    advice: {
      note: { tone: 'plain', title: notTheLicence, say: t('尚未核查真实性以外的任何内容。', 'Nothing but the code’s age has been looked at.') },
      heading: askThem,
      steps: [
        { say: t('打开“亮码”，等码自己刷新', 'Open the code page and wait for a new code') },
        { say: t('截图、转发的码，请改用本人手机', 'Use their own phone instead of a screenshot') },
      ],
    },
  },
  clock: {
    tone: 'again', shape: 'clock', act: 'rescan', byNumber: true,
    word: t('手机时间不准', 'Phone clock off'),
    line: t('请打开“自动设置时间”', 'Turn on “set time automatically”'),
    advice: {
      note: {
        tone: 'plain',
        title: t('不是假码，也不代表驾驶证有问题', 'Not a false code, and nothing about the licence'),
        say: t('手机时间差得太多，无法判断码是不是现在生成的。', 'The phone’s clock is too far off to tell when the code was made.'),
      },
      heading: askThem,
      steps: [
        { say: t('设置里打开“自动设置时间”', 'Turn on “set time automatically”'), more: t('在“日期和时间”一栏', 'In settings, under date and time') },
        { say: t('回到“亮码”，联网一次会自动校准', 'Return to the code page; going online once corrects it') },
        { say: t('再扫一次', 'Show the code again') },
      ],
    },
  },
  replayed: {
    tone: 'warn', shape: 'replayed', act: 'rescan', byNumber: false,
    word: t('码已用过', 'Code already used'),
    line: t('同一个码只能核验一次', 'Each code serves one check'),
    advice: {
      note: { tone: 'plain', title: t('多数时候只是慢了一步', 'Mostly it is just a moment late'), say: t('同伴刚扫过，或屏幕上的码还没刷新。', 'A colleague scanned it first, or the code has not changed yet.') },
      heading: nextStep,
      steps: [
        { say: t('请驾驶人刷新，换一个新码再扫', 'Ask the driver to refresh, then scan the new code') },
        { say: t('码不在本人手机上？按不一致处理', 'Not on the driver’s own phone? Treat as no match'), more: t('转发、翻拍的码会停在这里', 'Forwarded and photographed codes end here') },
      ],
    },
  },
  ended: {
    tone: 'warn', shape: 'ended', act: 'rescan', byNumber: true,
    word: t('这部手机已停用', 'Phone was ended'),
    line: t('码来自已停用的手机', 'The code comes from a phone no longer enrolled'),
    advice: {
      note: { tone: 'plain', title: notTheLicence, say: t('驾驶人换过手机，或在别处停用了这一部。', 'The driver changed phones, or ended this one elsewhere.') },
      heading: askThem,
      steps: [
        { say: t('用现在绑定的手机亮码', 'Show the code on the phone in use now') },
        { say: t('没有的话，在驾驶人端“重新绑定”，一分钟内可用', 'Or bind this phone again: it takes a minute') },
      ],
    },
  },
  unregistered: {
    tone: 'warn', shape: 'missing', act: 'rescan', byNumber: true,
    word: t('查不到这个码', 'Code unknown'),
    line: t('平台没有登记过这个码的编号', 'No phone is enrolled under this code’s number'),
    advice: {
      note: { tone: 'plain', title: notTheLicence, say: t('可能是手机很久没有联网，码的编号已经更换。', 'The phone may have been offline for long, and its number was changed meanwhile.') },
      heading: askThem,
      steps: [
        { say: t('手机联网，重新打开“亮码”再扫', 'Go online, reopen the code page, show it again') },
        { say: t('仍查不到：在驾驶人端“重新绑定”', 'Still unknown: bind the phone again') },
      ],
    },
  },
  offline: {
    tone: 'again', shape: 'offline', act: 'retry', byNumber: false,
    word: t('终端未联网', 'No connection'),
    line: t('无法核查状态', 'The status cannot be checked'),
    advice: {
      note: { tone: 'plain', title: notTheLicence, say: t('刚才扫到的码没有丢，连上后立即核查。', 'The code just scanned is kept, and checked once the line is back.') },
      heading: t('可以现在就做', 'What you can do now'),
      steps: [
        { say: t('移到有信号处，或打开飞行模式再关闭', 'Move to better reception, or switch flight mode on and off') },
        { say: t('驾驶人没有网络不要紧：码在手机上生成', 'The driver needs no network: the phone makes the code') },
      ],
    },
  },
  limited: {
    tone: 'again', shape: 'wait', act: 'retry', byNumber: false,
    word: t('请稍等再查', 'Please wait'),
    line: t('查得太快，已到次数上限', 'The limit of checks is reached for now'),
    advice: {
      note: { tone: 'plain', title: notTheLicence, say: t('这一次没有查，也没有记下结果。', 'This check was not made and no result was recorded.') },
      heading: nextStep,
      steps: [{ say: t('等倒计时结束再试，码可能要请驾驶人刷新', 'Wait for the countdown; the driver may have to refresh the code') }],
    },
  },
  failed: {
    tone: 'again', shape: 'failed', act: 'retry', byNumber: false,
    word: t('没有查成', 'Check failed'),
    advice: {
      note: { tone: 'plain', title: notTheLicence, say: t('刚才扫到的码没有丢，重试会得到同一个答案。', 'The code is kept; a retry gets the same answer.') },
      heading: nextStep,
      steps: [
        { say: t('点“立即重试”', 'Press “Retry now”') },
        { say: t('仍不行，请把下面的代码告诉本单位管理员', 'If it goes on, give your administrator the code below') },
      ],
    },
  },
  no_match: {
    tone: 'warn', shape: 'missing', act: 'next', byNumber: true,
    word: t('没有查到', 'Not found'),
    line: t('号码和姓名没有对应的驾驶证', 'No licence of this authority has this number and name'),
    advice: {
      note: { tone: 'plain', title: t('先核对号码和姓名', 'First check number and name'), say: t('两者须与登记一致；外地核发的，这里查不到。', 'Both must agree with the register; licences of other authorities are not here.') },
      heading: nextStep,
      steps: [
        { say: t('对照身份证再输一次', 'Enter them again from the identity document') },
        { say: t('请驾驶人打开“亮码”扫码核查', 'Or ask the driver to show the code') },
      ],
    },
  },
  not_allowed: {
    tone: 'warn', shape: 'missing', act: 'next', byNumber: false,
    word: t('不能这样查', 'Not permitted'),
  },
  other: { tone: 'again', shape: 'failed', act: 'next', byNumber: false, word: t('没有查成', 'Check failed') },
}
