import { words } from '../language'

const zh = {
  title: '接收地址', titleSay: '所关注的驾驶人有变化时，通知这家单位自己的系统', none: '没有设置。单位仍可在终端上看名单、下载文件。', host: '服务器', state: '状况', good: '正常', failing: '送达失败，反复重试中', stopped: '连续5日失败，已停用',
  why: '原因', since: '失败自', delivered: '最近送达', never: '还没有', waiting: '等待送达', set: '设置接收地址', change: '重新设置', test: '试发一条', drop: '删除', taken: '对方已收到试发的消息',
  setSay: '须是公网上的 HTTPS 服务器。保存后给出密钥，对方用它核对签名（webhook-signature）。', changeSay: '重新设置会换新的密钥，原来的马上作废；等待送达的消息发往新地址。', url: '地址', save: '保存并生成密钥',
  secretTitle: '签名密钥', secretSay: '用可靠的办法交给这家单位的系统管理员。关闭后不再显示。', done: '我已交给对方', dropSure: '之后不再通知这家单位的系统，等待送达的消息也删去。终端上的名单不受影响。',
}
const en = {
  title: 'Receiver', titleSay: 'Tells this party’s own system when a driver it follows changes', none: 'None is set. The party can still read the list on its terminals and take the file.', host: 'Server', state: 'State', good: 'works', failing: 'fails, tried again and again', stopped: 'failed for 5 days, no longer called',
  why: 'Reason', since: 'Failing since', delivered: 'Last taken', never: 'nothing yet', waiting: 'Waiting', set: 'Set the receiver', change: 'Set anew', test: 'Send a test', drop: 'Remove', taken: 'The test was taken',
  setSay: 'An HTTPS server on the public network. A secret follows, by which it checks the signature (webhook-signature).', changeSay: 'A new secret is made and the old one is void at once; what waits goes to the new address.', url: 'Address', save: 'Save and make a secret',
  secretTitle: 'Secret of the signature', secretSay: 'Hand it to the party’s system administrator in a safe way. It is not shown again.', done: 'I handed it over', dropSure: 'The party’s own system is no longer told, and what waits is dropped. The list on its terminals goes on.',
}

export const receiverWords = words(zh, en)

/** The same as a party reads it of itself. */
export const ownReceiverWords = words(
  {
    ...zh, titleSay: '所关注的驾驶人有变化时，通知本单位自己的系统', none: '没有设置。仍可在终端上看名单、下载文件。',
    setSay: '须是公网上的 HTTPS 服务器。保存后给出密钥，系统用它核对签名（webhook-signature）。', taken: '系统已收到试发的消息',
    secretSay: '请交给系统的负责人妥善保管。关闭后不再显示。', done: '我已保存好', dropSure: '之后不再通知本单位的系统，等待送达的消息也删去。终端上的名单不受影响。',
  },
  {
    ...en, titleSay: 'Tells your own system when a driver you follow changes', none: 'None is set. You can still read the list on your terminals and take the file.',
    setSay: 'An HTTPS server on the public network. A secret follows, by which your system checks the signature (webhook-signature).',
    secretSay: 'Hand it to whoever runs the system. It is not shown again.', done: 'I have kept it', dropSure: 'Your own system is no longer told, and what waits is dropped. The list on your terminals goes on.',
  },
)
