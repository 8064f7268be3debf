// How a finding without a network looks on the band.

import { span } from '@edl/kit/dates'
import type { Text } from '@edl/kit/i18n'
import type { Outcome } from '../outcome'
import { refusals } from '../refusals'
import type { Finding } from './desk'
import { ENDED, GOOD, INVALIDATED, NOT_USABLE, type Status } from './bundle'
import type { Foreign, Verdict } from './judge'

const t = (zh: string, en: string): Text => ({ zh, en })

type Look = Pick<Outcome, 'kind' | 'tone' | 'shape' | 'word' | 'act'> & { line?: Text; say?: Text }

/** Those of the code itself look as they do with a network. */
const asOnline = { forged: 'forged', expired: 'expired', clock: 'clock', replayed: 'replayed', ended: 'ended' } as const

const looks: Record<Exclude<Verdict, keyof typeof asOnline>, Look> = {
  usable: { kind: 'usable', tone: 'usable', shape: 'usable', act: 'next', word: t('可用', 'Usable') },
  not_usable: {
    kind: 'not_usable', tone: 'stop', shape: 'stop', act: 'next', word: t('不能使用', 'Not usable'),
    say: t('状态表不说原因。有网络后再查，或用电台报号核查。', 'The list does not say why. Check again with a network, or by radio.'),
  },
  invalidated: {
    kind: 'not_usable', tone: 'warn', shape: 'ended', act: 'next', word: t('电子证已失效', 'Electronic one void'), line: t('驾驶证本身的状态要联网核查', 'The licence’s own status needs a network'),
    say: t('信息变更后须重新申领电子驾驶证。不代表驾驶证不能使用。', 'After a change it is to be applied for again. It says nothing of the licence itself.'),
  },
  unknown: {
    kind: 'no_record', tone: 'warn', shape: 'unknown', act: 'next', word: t('真实，状态未知', 'Genuine, status unknown'), line: t('离线核查：只能确认码是真的', 'Offline: only the code is known to be genuine'),
    say: t('不得据此认定可用，也不得据此认定不可用。有网络后再扫一次，或用电台报号核查。', 'Take it neither for usable nor for not usable. Scan again with a network, or check by radio.'),
  },
  stale: {
    kind: 'expired', tone: 'again', shape: 'expired', act: 'rescan', word: t('离线码已过期', 'Offline code lapsed'), line: t('请驾驶人联网打开一次“亮码”', 'Ask the driver to open the code page online once'),
    say: t('不代表驾驶证有问题：手机太久没有联网。', 'It says nothing about the licence: the phone was offline for too long.'),
  },
  short: {
    kind: 'other', tone: 'again', shape: 'offline', act: 'rescan', word: t('这是普通码', 'An ordinary code'), line: t('离线查不了，请对方改用离线码', 'It cannot be checked offline'),
    say: t('请驾驶人在“亮码”里点“离线出示”或“向交警出示”，再扫一次。', 'Ask the driver to press “Offline code” or “For the police” on the code page, and scan again.'),
  },
  unknown_issuer: {
    kind: 'other', tone: 'warn', shape: 'unknown', act: 'next', word: t('发证机关不明', 'Authority unknown'), line: t('本终端没有它的密钥，不能判断真假', 'This terminal has no key of it and cannot tell'),
    say: t('不是假码的结论。联网更新离线数据，或联网核查。', 'That is not to say it is false. Update the offline data, or check with a network.'),
  },
  untrusted: {
    kind: 'clock', tone: 'again', shape: 'clock', act: 'next', word: t('时间不可信', 'Clock not trusted'), line: t('本终端的时间比上次联网时还早', 'This terminal’s clock is behind its last contact'),
    say: t('请打开本终端的“自动设置时间”，或联网一次。在此之前不给结论。', 'Set this terminal’s clock automatically, or go online once. Until then it gives no verdict.'),
  },
  data: { kind: 'no_record', tone: 'warn', shape: 'unknown', act: 'rescan', word: t('真实，不是现场出示', 'Genuine, not shown live') },
  data_lapsed: {
    kind: 'expired', tone: 'again', shape: 'expired', act: 'rescan', word: t('数据码已过期', 'Data code lapsed'), line: t('签发时真实，现在不能再用', 'Genuine when signed; no longer to be believed'),
    say: t('不代表驾驶证有问题。请对方打开本人的“亮码”再扫。', 'It says nothing about the licence. Ask the driver to open their code page, and scan that.'),
  },
  data_altered: {
    kind: 'forged', tone: 'forged', shape: 'forged', act: 'next', word: t('数据码不真实', 'Data code not genuine'), line: t('内容与发证机关签发的不一致', 'It is not what the authority signed'),
    say: t('码里的姓名、照片、车型不可信，不予显示。请对方打开本人的“亮码”，或按号码和姓名查询。', 'Name, photo and classes in it could be made up and are not shown. Ask for the driver’s own code, or look up by number and name.'),
  },
  data_unread: {
    kind: 'other', tone: 'again', shape: 'failed', act: 'rescan', word: t('数据码读不出', 'Data code unreadable'), line: t('图不完整、被改动，或不是驾驶证数据码', 'Incomplete, altered, or not of a licence'),
    say: t('不是假码的结论。请对方打开本人的“亮码”再扫。', 'That is not to say it is false. Ask the driver to open their code page, and scan that.'),
  },
  data_cut: {
    kind: 'other', tone: 'again', shape: 'failed', act: 'rescan', word: t('数据码不完整', 'Data code incomplete'), line: t('只收到开头的一部分', 'Only the beginning of it arrived'),
    say: t('扫码枪分段输出，或粘贴时漏了后半段。不是假码的结论。请再扫一次，或改用摄像头、选图。', 'The hand scanner sent it in pieces, or the paste lacks its end. That is not to say it is false. Scan it again, or use the camera or a picture.'),
  },
  data_foreign: {
    kind: 'other', tone: 'warn', shape: 'unknown', act: 'rescan', word: t('发证机关不明', 'Authority unknown'), line: t('签发数据码的机关不在信任名单上', 'Who signed this data code is not on the trust list'),
    say: t('既不能说真，也不能说假。请核查纸质驾驶证，或请对方打开本人的“亮码”。', 'It can be called neither genuine nor false. Check the paper licence, or ask for the driver’s own code.'),
  },
  data_closed: {
    kind: 'other', tone: 'again', shape: 'unknown', act: 'rescan', word: t('这是数据码，不是亮码', 'A data code, not a live code'), line: t('请对方打开本人的“亮码”', 'Ask the driver to open their code page'),
    say: t('数据码是存下来的图，谁都可以拿来出示，本终端不读取。', 'A data code is a saved picture that anybody can show. This terminal does not read it.'),
  },
}

/** What a list says of the phone that a data code was signed for. */
const ofData: Record<Status | 'none', Text> = {
  [GOOD]: t('签发时的内容；状态表未见停用', 'As it was signed; the list says nothing against it'),
  [ENDED]: t('状态表：签发时所用的手机已停用', 'Status list: the phone it was signed for was ended'),
  [NOT_USABLE]: t('状态表：驾驶证现在不能使用', 'Status list: the licence cannot be used now'),
  [INVALIDATED]: t('状态表：电子证已失效', 'Status list: the electronic licence is void'),
  none: t('签发时的内容；现在能否使用不知道', 'As it was signed; whether it can be used now is not known'),
}
const dataSay = t('谁都可以拿着这张图，不得据此认定可用。亮码才证明本人手机在场：请对方打开“亮码”再扫。', 'Anybody can hold this picture, so it never makes a licence usable. The live code proves that the phone is here: ask for it, and scan that.')

/** What the issuing authority said, in the look of an answer of our own. */
function ofForeign({ verdict, word, line, causes, code }: Foreign): { outcome: Outcome; say?: Text } {
  const refused = refusals[({ replayed_code: 'replayed', expired_code: 'expired', clock_skew: 'clock', ended_device: 'ended' } as const)[code ?? ''] ?? 'other']
  const base = { word, line, byNumber: false }
  switch (verdict) {
    case 'usable': return { outcome: { ...base, kind: 'usable', tone: 'usable', shape: 'usable', act: 'next' } }
    case 'not_usable': return { outcome: { ...base, kind: 'not_usable', tone: 'stop', shape: 'stop', act: 'next' }, say: causes.length ? t(causes.map((c) => c.zh).join('、'), causes.map((c) => c.en).join(', ')) : undefined }
    case 'refused': return { outcome: { ...base, kind: 'other', tone: refused.tone, shape: refused.shape, act: refused.act, word: refused.word }, say: line }
  }
  return { outcome: { ...base, kind: 'no_record', tone: 'warn', shape: 'unknown', act: 'next' }, say: looks.unknown.say }
}

/** The outcome for the band, and a sentence below it. */
export function outcomeOf({ verdict, age = 0, foreign, status }: Finding): { outcome: Outcome; say?: Text } {
  if (foreign) return ofForeign(foreign)
  if (verdict in asOnline) {
    const { word, line, advice, ...look } = refusals[asOnline[verdict as keyof typeof asOnline]]
    return { outcome: { kind: asOnline[verdict as keyof typeof asOnline], ...look, word, line: line ?? word, byNumber: false }, say: advice?.note.say }
  }
  if (verdict === 'data') return { outcome: { ...looks.data, line: ofData[status ?? 'none'], byNumber: false }, say: dataSay }
  const { line, say, ...look } = looks[verdict as keyof typeof looks]
  const old = t(`离线核查·状态表 ${span(age, 'zh')}前更新`, `Offline · status list of ${span(age, 'en')} ago`)
  return { outcome: { ...look, line: line ?? old, byNumber: false }, say }
}
