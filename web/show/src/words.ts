import type { Plain } from './face'

const zh = {
  title: '亮码', demo: '演示', actions: '操作',
  purpose: '用途：出示驾驶证', challenged: '用途：回应对方终端的核验',
  usable: '可以使用', not_usable: '不能使用', invalidated: '须重新申领', unknown: '待联网核对',
  online: '已联网', offline: '未联网', signed_out: '未登录', asking: '正在核对', now: '刚刚核对', at: '{time} 核对',
  code: '驾驶证二维码，请对方扫描', stopped: '驾驶证二维码，扫出的结果是：不能使用',
  seconds: ' 秒后换新码', only: '截图不作数，扫码才作数',
  reveals: '扫了能看到什么？',
  revealed: '只有登记过的执法终端和企业能读，各看各该看的。陌生人的相机读不出个人信息。谁在何时扫过，记在“查验记录”里。',
  next: '下一步：', since: '自 {day} 起。', tooLong: '这台手机太久没有联网核对。', tooLongNext: '连上网络，自动核对。码仍可以扫，以对方终端显示的为准。',
  alone: '离线出示', police: '向交警出示', notCarried: '联网打开一次后才能用。',
  qualification: '码里有姓名、照片、准驾车型和有效期，没有证号。对方没有网络也能核查。', full: '码里有证件正页的全部内容，只给交警扫。再按一次收回。',
  tell: '向交警出示：码里会写上这些', tellList: '姓名、照片、性别、出生日期、证号；准驾车型和起始日期、有效期、初次领证日期、发证机关；累积记分、状态、实习期。', tellWarn: '不用联网就能读。谁拍下这个码，谁就能读到，请只对着交警的终端。', tellYes: '出示', tellNo: '不了',
  licence: '亮证', ask: '我有疑问', away: '收起', call: '打电话', reapply: '重新申领',
  lock: '锁在此页', unlock: '解锁', sure: '再按一次解锁',
  met: '已由{party}核验 {time}', again: '继续亮码',
}

export type Words = typeof zh

const en: Words = {
  title: 'Show code', demo: 'Demo', actions: 'Actions',
  purpose: 'Show licence', challenged: 'Answers the terminal',
  usable: 'Valid', not_usable: 'Not usable', invalidated: 'Apply again', unknown: 'Not checked',
  online: 'Online', offline: 'Offline', signed_out: 'Signed out', asking: 'Checking', now: 'just checked', at: 'checked {time}',
  code: 'Licence code to be scanned', stopped: 'Licence code; a scan says: not usable',
  seconds: ' s to a new code', only: 'Only a scan proves it',
  reveals: 'What does a scan reveal?',
  revealed: 'Only enrolled terminals can read it, each seeing no more than its task needs. A stranger’s camera learns nothing personal. Who scanned it, and when, stands in your list of checks.',
  next: 'Next: ', since: 'Since {day}.', tooLong: 'This phone has been offline too long.', tooLongNext: 'Go online and it is checked by itself. The code can still be scanned: what the terminal shows counts.',
  alone: 'Offline code', police: 'For the police', notCarried: 'Open it online once first.',
  qualification: 'The code holds name, photo, classes and validity, not the number. It can be checked without a network.', full: 'The code holds all that the licence’s face bears: for the police only. Press again to end it.',
  tell: 'For the police: the code will hold', tellList: 'Name, photo, sex, date of birth, number; classes and since when, validity, first issue, authority; points, status, probation.', tellWarn: 'It can be read without a network by whoever takes a picture of it. Hold it to the officer’s terminal only.', tellYes: 'Show it', tellNo: 'No',
  licence: 'Licence', ask: 'Ask', away: 'Done', call: 'Call', reapply: 'Apply again',
  lock: 'Lock here', unlock: 'Unlock', sure: 'Press again',
  met: 'Checked by {party} at {time}', again: 'Show the code',
}

export interface Page { title: string; text: string; first?: [string, string]; second?: [string, string]; note?: string }

const paper = { zh: '绑定好之前，这台手机不能亮码。急用请出示纸质驾驶证。', en: 'Until then this phone cannot show the code. In a hurry, show the paper licence.' }
const home = { zh: ['回首页', '/driver/'], en: ['Home', '/driver/'] } satisfies Record<string, [string, string]>

const pagesZH: Record<Plain, Page> = {
  wechat: { title: '请点右上角“…”\u200b在浏览器中打开', text: '微信里保管不了驾驶证钥匙，不能亮码。' },
  bind: { title: '这台手机还没有绑定驾驶证', text: '绑定约 1 分钟，要用驾驶证上的档案编号和手机验证码。', first: ['去绑定', '/driver/#/bind'], second: home.zh, note: paper.zh },
  rebind: { title: '这台手机上的驾驶证钥匙不见了', text: '可能清理过浏览器，或换了手机。驾驶证还在，重新绑定约 1 分钟，不用重新申领。', first: ['重新绑定', '/driver/#/rebind'], second: home.zh, note: paper.zh },
  wait: { title: '正在核对驾驶证', text: '第一次打开要联网，约 1 秒。' },
  first: { title: '第一次亮码要联网', text: '联网打开一次，以后没有网络也能亮码。', first: ['再试一次', ''], second: home.zh },
  signin: { title: '请先登录', text: '登录一次，以后没有网络也能亮码。', first: ['去登录', '/driver/#/signin'] },
  ended: { title: '请重新登录', text: '这台手机的登录已结束，或已在别处停用，现在不能亮码。重新登录约 1 分钟；停用过的会带您重新绑定，不用重新申领。', first: ['去登录', '/driver/'], note: '恢复之前，请出示纸质驾驶证。' },
  none: { title: '还没有电子驾驶证', text: '', first: ['去申领', '/driver/#/electronic'], second: home.zh },
  hidden: { title: '电子驾驶证暂不能使用', text: '', first: ['看看原因', '/driver/#/licence'] },
  gone: { title: '没有可以出示的驾驶证', text: '', first: ['看看原因', '/driver/#/licence'] },
}

const pagesEN: Record<Plain, Page> = {
  wechat: { title: 'Tap “…” above and open in the browser', text: 'WeChat cannot keep a licence’s key, so no code can be shown here.' },
  bind: { title: 'No licence is linked to this phone', text: 'Linking takes about a minute, with the file number on the licence and a code by text message.', first: ['Link', '/driver/#/bind'], second: home.en, note: paper.en },
  rebind: { title: 'The licence’s key is gone from this phone', text: 'The browser may have been cleared, or the phone changed. The licence is still there: linking again takes about a minute, without a new application.', first: ['Link again', '/driver/#/rebind'], second: home.en, note: paper.en },
  wait: { title: 'Checking the licence', text: 'The first time needs a network, for about a second.' },
  first: { title: 'The first code needs a network', text: 'Open it online once; after that it works offline too.', first: ['Try again', ''], second: home.en },
  signin: { title: 'Please sign in', text: 'Sign in once; after that the code works offline too.', first: ['Sign in', '/driver/#/signin'] },
  ended: { title: 'Please sign in again', text: 'This phone’s session is over, or the phone was ended elsewhere, so no code can be shown. Signing in takes about a minute; an ended phone is led to link again, without a new application.', first: ['Sign in', '/driver/'], note: 'Until then, show the paper licence.' },
  none: { title: 'No electronic licence yet', text: '', first: ['Apply', '/driver/#/electronic'], second: home.en },
  hidden: { title: 'The electronic licence cannot be used now', text: '', first: ['See why', '/driver/#/licence'] },
  gone: { title: 'No licence to show', text: '', first: ['See why', '/driver/#/licence'] },
}

export const words = { zh, en }
export const pages = { zh: pagesZH, en: pagesEN }
