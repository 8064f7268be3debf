import { words } from '../../language'

export const furtherWords = words(
  {
    title: '增加使用场景', say: '每个场景写清用途、交齐材料，发证机关逐个审核。批准后马上可以用。', begin: '申请增加场景',
    none: '这一类单位目前没有可以再申请的场景。有别的需要，请联系发证机关。', steps: ['选场景', '交材料'], next: '下一步：交材料', change: '修改场景和用途', submit: '提交申请', again: '再次提交', checkSay: '提交后不能修改，除非审核时请您补正。',
    withdraw: '撤回申请', withdrawSure: '撤回后这份申请不再办理，已交的材料马上销毁，不能恢复。需要时可以重新申请。', discard: '放弃草稿', discardSure: '草稿和已交的材料马上清除，不能恢复。',
    number: '申请编号', by: '申请人', asked: '申请的场景', draftUntil: (at: string) => `还没有提交。草稿保存到 ${at}，本单位的管理员都可以继续填写。`,
    states: { draft: '草稿，还没有提交', submitted: '已提交，等待审核', returned: '需补正', granted: '已决定', refused: '已决定', lapsed: '补正逾期，已失效', withdrawn: '已撤回' },
    waitSay: '发证机关正在审核。结果会显示在这一页，不需要一直开着。', returnedSay: (day: string) => `请按下面的要求修改，在 ${day} 24:00 前再次提交；逾期申请自动失效。只补正这一次，排队的位置不变。`,
    lapsedSay: '到期没有补正，这份申请不再办理。需要时请重新申请。', withdrawnSay: '本单位撤回了这份申请，材料已销毁。',
    outcome: { waiting: '待审核', granted: '已批准，可以使用', refused: '未批准' }, earlier: '以前的申请',
    newsReturned: (day: string) => `增加场景的申请需要补正，${day} 24:00 前没有再次提交会自动失效。`, newsDecided: (n: number, all: number) => (n ? `增加场景的申请已办结：${all} 个场景批准了 ${n} 个，现在就可以用。` : '增加场景的申请未获批准，原因在申请里。'), newsLapsed: '增加场景的申请到期没有补正，已失效。需要时请重新申请。',
    look: '查看', known: '知道了', reload: '刷新',
  },
  {
    title: 'Further scenarios', say: 'Say what each scenario is for and add the evidence; the authority decides them one by one. What is granted serves at once.', begin: 'Ask for scenarios',
    none: 'There are no more scenarios for a body of this kind. If you need something else, contact the authority.', steps: ['Scenarios', 'Evidence'], next: 'Next: evidence', change: 'Change scenarios and purposes', submit: 'Submit', again: 'Submit again', checkSay: 'It cannot be changed afterwards unless you are asked for more.',
    withdraw: 'Withdraw', withdrawSure: 'The request is closed and its evidence destroyed at once, for good. You can ask again later.', discard: 'Discard the draft', discardSure: 'The draft and its evidence are removed at once, for good.',
    number: 'Number', by: 'Asked by', asked: 'Scenarios', draftUntil: (at: string) => `Not submitted. The draft is kept until ${at}; any administrator of the party can go on with it.`,
    states: { draft: 'Draft, not submitted', submitted: 'Submitted, waiting', returned: 'More is asked for', granted: 'Decided', refused: 'Decided', lapsed: 'Lapsed: not answered in time', withdrawn: 'Withdrawn' },
    waitSay: 'The authority is looking at it. The result is shown here; this page need not stay open.', returnedSay: (day: string) => `Change what is asked below and submit again by the end of ${day}; after that the request lapses. This is asked once, and you keep your place in the queue.`,
    lapsedSay: 'What was asked for was not answered in time, so this request is closed. You can ask again.', withdrawnSay: 'The party withdrew this request; its evidence was destroyed.',
    outcome: { waiting: 'waiting', granted: 'granted, in use', refused: 'not granted' }, earlier: 'Earlier requests',
    newsReturned: (day: string) => `More is asked for on your request for scenarios. Without an answer by the end of ${day} it lapses.`, newsDecided: (n: number, all: number) => (n ? `Your request for scenarios is decided: ${n} of ${all} granted, and in use now.` : 'Your request for scenarios was not granted; the reasons stand in it.'), newsLapsed: 'Your request for scenarios lapsed: it was not answered in time. You can ask again.',
    look: 'Look', known: 'Got it', reload: 'Reload',
  },
)
