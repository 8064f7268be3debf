import { words } from '../language'

export const delay = words(
  {
    say: '警方按号码的查询默认立即让驾驶人看到；批准的用途可以延迟，每一次都在审计里立即可见。', purposes: '用途', name: '用途', basis: '法律依据', days: '延迟', status: '状态', nDays: (n: number) => `${n} 天`, act: '办理',
    statuses: { proposed: '待批准', in_force: '可以使用', approved: '已批准', refused: '未批准', ended: '已停止' }, propose: '提请设立用途', none: '没有延迟公开的用途', noneSay: '没有用途时，警方的每次查询驾驶人都立即看得到。',
    approve: '批准', refuse: '不批准', end: '停止', own: '由另一人批准', nameHint: '民警在终端上看到的名称，30字以内', basisHint: '驾驶人到期后会看到这句话', daysHint: '1至180天', send: '提请批准',
    hidden: '驾驶人还看不到的查询', hiddenNone: '没有延迟中的查询。', number: '核验编号', at: '时间', by: '单位、民警', caseNumber: '案件', until: '延迟公开至', extend: '提请延长', extendTitle: (n: string) => `延长 ${n} 的延迟`, extendSay: '延长须由另一人批准；已经公开的不能收回。',
    extensions: '延长', extensionsNone: '没有提请过延长。', endSure: (n: string) => `停止“${n}”？`, endSay: '以后不能再按这个用途查询；已经查过的按原定时间公开。',
  },
  {
    say: 'Drivers see the police’s look-ups by number at once. A purpose that was approved may delay that; the auditor sees each at once.', purposes: 'Purposes', name: 'Purpose', basis: 'Legal basis', days: 'Delay', status: 'Status', nDays: (n: number) => `${n} days`, act: 'Decide',
    statuses: { proposed: 'to be decided', in_force: 'in force', approved: 'approved', refused: 'refused', ended: 'ended' }, propose: 'Propose a purpose', none: 'No look-up is shown later', noneSay: 'Without a purpose drivers see each look-up of the police at once.',
    approve: 'Approve', refuse: 'Refuse', end: 'End', own: 'somebody else decides', nameHint: 'As officers see it, at most 30 characters', basisHint: 'The driver reads this in the end', daysHint: '1 to 180 days', send: 'Propose',
    hidden: 'Look-ups that drivers do not see yet', hiddenNone: 'None is kept back.', number: 'Check', at: 'Time', by: 'By', caseNumber: 'Case', until: 'Shown on', extend: 'Extend', extendTitle: (n: string) => `Keep ${n} back for longer`, extendSay: 'Somebody else decides; what was shown is not taken back.',
    extensions: 'Extensions', extensionsNone: 'None was proposed.', endSure: (n: string) => `End “${n}”?`, endSay: 'Nobody can look up for it any more; what was looked up is shown when it was to be.',
  },
)
