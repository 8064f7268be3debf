import { words } from '../language'

export const peerWords = words(
  {
    peersSay: '名单上的机关签发的驾驶证，本机关的终端认作真实', add: '添加机关', none: '名单还是空的', noneSay: '与对方交换密钥卡，电话核对指纹后添加。',
    name: '发证机关', state: '状态', fingerprint: '密钥指纹', fetched: '密钥更新于', active: '信任', suspended: '已停止信任', suspend: '停止信任', resume: '恢复信任', never: '还没有取到',
    suspendSure: (name: string) => `停止信任后，${name} 的码在本机关的终端上不能判断真假，它也不能再向本机关询问。`, confirm: '停止信任',
    own: '本机关的密钥卡', ownSay: '交给对方。里面只有公钥，不是秘密；对方添加后，请在电话里逐组核对指纹。', copy: '复制密钥卡', copied: '已复制',
    addTitle: '添加发证机关', card: '对方的密钥卡', cardHint: '由对方在自己的控制台“信任名单”里复制', save: '添加',
    compare: '添加后请立即与对方电话核对指纹；不一致就停止信任。', keyAdd: '添加机关',
  },
  {
    peersSay: 'Licences of the authorities listed here are taken for genuine by this authority’s terminals', add: 'Add an authority', none: 'The list is empty',
    noneSay: 'Exchange key cards with the other authority, compare the fingerprints by telephone, then add it.',
    name: 'Authority', state: 'Status', fingerprint: 'Fingerprint of its keys', fetched: 'Keys fetched', active: 'Trusted', suspended: 'Not trusted', suspend: 'Stop trusting', resume: 'Trust again', never: 'Not yet',
    suspendSure: (name: string) => `Codes of ${name} can then not be judged by terminals here, and it can ask nothing of this authority.`, confirm: 'Stop trusting',
    own: 'This authority’s key card', ownSay: 'Give it to the other side. It holds public keys only and is no secret; when it was added, compare the fingerprint group by group by telephone.', copy: 'Copy the card', copied: 'Copied',
    addTitle: 'Add an authority', card: 'The other side’s key card', cardHint: 'Copied on their console, under Trust list', save: 'Add',
    compare: 'Compare the fingerprint by telephone at once; stop trusting it where it differs.', keyAdd: 'Add an authority',
  },
)
