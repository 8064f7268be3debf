import { words } from '../language'

export const gate = words(
  {
    signIn: '登录', first: '用账号和密码，或用通行密钥。', login: '账号', password: '密码', next: '下一步', second: '再验证一次', totp: '动态口令', totpSay: '打开手机上的动态口令，输入 6 位数字。',
    digit: (n: number) => `第 ${n} 位`, every30: '每 30 秒换一次，输满自动提交。', entered: (login: string) => `${login}，密码已填`, other: '换人登录', passkey: '用通行密钥登录', passkeyInstead: '改用通行密钥',
    passkeyFailed: '没有用上通行密钥：取消了，或这台设备上没有。可以改用密码和动态口令。',
    idle: '一段时间不用会自动退出。每次登录都记入审计。', lostKey: '口令丢失请找安全管理员，需本人到场。',
    endedIdle: '您有一段时间没有操作，已自动退出。登录后回到刚才的页面。', endedLost: '登录已失效，请重新登录。登录后回到刚才的页面。', endedLeft: '已退出。',
    invite: '开通账号', inviteSay: (name: string) => `${name}，请设置密码，并在手机上添加动态口令。`, noToken: '这个邀请链接不完整。请从收到的链接重新打开，或请安全管理员再发一次。', opening: '正在打开邀请…',
    step1: '设置密码', passwordHint: '至少 12 位。可以是一句好记的话。', short: (n: number) => `还差 ${n} 位。`, repeat: '再输入一次', differs: '两次输入不一样。', show: '显示密码',
    step2: '添加动态口令', scan: '用手机上的动态口令应用扫这个码', byHand: '不能扫时，手动输入这串密钥', secretLabel: '动态口令的二维码',
    step3: '输入手机上现在的 6 位数字', finish: '完成并登录', yourPost: '岗位', yourLogin: '账号',
    me: '我的设置', looks: '显示', theme: '明暗', system: '跟随系统', light: '明', dark: '暗', large: '大字', largeSay: '文字和按钮放大', language: '语言', keysTitle: '键盘', showKeys: '看全部按键',
    passkeys: '通行密钥', passkeysSay: '登记后可以不输密码和口令登录。', addPasskey: '登记这台设备', passkeyName: '起个名字', passkeyNameHint: '例如“二号窗口的电脑”', noPasskeys: '还没有通行密钥', noPasskeysSay: '登记后会列在这里，遗失时在这里停用。', addedOn: (at: string) => `登记于 ${at}`, usedOn: (at: string) => `最近使用 ${at}`, end: '停用', notSupported: '这个浏览器不支持通行密钥。',
    session: '登录信息', posts: '岗位', idleAfter: '不用多久自动退出', minutes: (n: number) => `${n} 分钟`,
  },
  {
    signIn: 'Sign in', first: 'With your account and password, or a passkey.', login: 'Account', password: 'Password', next: 'Next', second: 'One more check', totp: 'One-time code', totpSay: 'Open the authenticator on your phone and enter its 6 digits.',
    digit: (n: number) => `Digit ${n}`, every30: 'It changes every 30 seconds; the last digit sends it.', entered: (login: string) => `${login}, password entered`, other: 'Someone else', passkey: 'Sign in with a passkey', passkeyInstead: 'Use a passkey instead',
    passkeyFailed: 'The passkey was not used: cancelled, or none on this device. You can use password and code.',
    idle: 'You are signed out after a time without use. Each sign-in is audited.', lostKey: 'If you lost your code, see the security administrator in person.',
    endedIdle: 'You were signed out after a time without use. Signing in leads back to where you were.', endedLost: 'Your session has ended; please sign in again. It leads back to where you were.', endedLeft: 'Signed out.',
    invite: 'Open your account', inviteSay: (name: string) => `${name}, set a password and add the one-time code to your phone.`, noToken: 'This invitation link is not complete. Open it again from the message, or ask the security administrator for a new one.', opening: 'Opening the invitation…',
    step1: 'Set a password', passwordHint: 'At least 12 characters. A sentence you remember is fine.', short: (n: number) => `${n} more characters.`, repeat: 'Once more', differs: 'The two differ.', show: 'Show password',
    step2: 'Add the one-time code', scan: 'Scan this with the authenticator on your phone', byHand: 'If you cannot scan, type this key', secretLabel: 'QR code of the one-time code',
    step3: 'Enter the 6 digits your phone shows now', finish: 'Finish and sign in', yourPost: 'Post', yourLogin: 'Account',
    me: 'My settings', looks: 'Display', theme: 'Theme', system: 'System', light: 'Light', dark: 'Dark', large: 'Large', largeSay: 'Larger text and buttons', language: 'Language', keysTitle: 'Keys', showKeys: 'See all keys',
    passkeys: 'Passkeys', passkeysSay: 'With one you sign in without password and code.', addPasskey: 'Register this device', passkeyName: 'Give it a name', passkeyNameHint: 'For example “computer of window 2”', noPasskeys: 'No passkey yet', noPasskeysSay: 'Registered ones are listed here and ended here when lost.', addedOn: (at: string) => `added ${at}`, usedOn: (at: string) => `last used ${at}`, end: 'End', notSupported: 'This browser has no passkeys.',
    session: 'Session', posts: 'Posts', idleAfter: 'Signed out after', minutes: (n: number) => `${n} minutes`,
  },
)
