import { words } from '../language'

export const admission = words(
  {
    page: '用证单位申请', open: '申请', openN: (n: number) => (n ? `申请 ${n}` : '申请'), waiting: '待审核', decided: '已办结', facts: (n: number) => `${n} 件待审核，先交的在前`,
    none: '没有待审核的申请', noneSay: '单位在 /party/apply 提交申请后，会按提交先后列在这里。', noDecided: '还没有办结的申请', noDecidedSay: '批准或不予批准后，申请会列在这里。', backToParties: '全部单位', backToList: '全部申请',
    name: '单位', kind: '类型', wanted: '申请的场景', submitted: '提交时间', decidedAt: '办结时间', state: '状况', number: '申请编号',
    states: { submitted: '待审核', returned: '等申请人补正', granted: '已批准', refused: '未批准', draft: '草稿' },
    rivals: (n: number) => `另有 ${n} 份申请用了同一信用代码`, rivalsSay: (n: number) => `另有 ${n} 位申请人要为同一统一社会信用代码提交，正在等这一份办结。请先核实哪一份是真的，例如打单位公开的电话。`,
    says: '单位所填', uscc: '统一社会信用代码', contact: '给驾驶人的联系人', contactPhone: '联系电话', person: '申请人', phone: '手机', phoneConfirmed: '已用短信验证码确认', erased: '已按期抹去',
    files: '材料', filesSay: '图片已重新生成；PDF 原样保存，只能另存后用安全的阅读器打开。每次查看都记入审计。', pdf: '另存 PDF', needed: '必需', gone: '办结满 90 天，材料已销毁。', seen: (what: string) => `${what}，图片`, kb: (n: number) => `${n} KB`,
    decide: '决定', decideSay: '逐个场景决定。批准一个以上，就登记为用证单位，并向申请人手机发送管理员启用链接。', purpose: '用途', grant: '同意', refuse: '不同意', condition: '条件（可不填）', conditionHint: '写给申请人，例如“只用于本单位司机”；系统给出的内容由场景决定。',
    reasons: '原因（可多选）', otherWords: '用一句话写给申请人', submit: '办结', submitSure: '确定办结', sureGrant: (n: number, all: number) => `将批准 ${all} 个场景中的 ${n} 个：登记单位、发出管理员启用链接。不能撤回，但可以随时暂停单位。`, sureRefuse: '将全部不同意，原因会发给申请人。不能撤回；申请人可以重新申请。',
    chooseAll: '每个场景都要选同意或不同意；不同意要选原因。', askMore: '请申请人补正', askMoreSay: '只能请一次。申请人改好后再交，排队的位置不变。', chooseReason: '请至少选一个原因；选“其他”要写一句话。', askMoreYes: '发出补正通知', waitingThem: '已请申请人补正，等它再次提交。现在只能全部不同意。',
    linkTitle: '管理员启用链接，只显示这一次', linkSay: (at: string) => `已发到申请人手机。需要时可当面转交。只能用一次，${at} 失效。`, kept: '知道了', toParty: '打开这个单位',
    granted: '已同意', refused: '未同意', by: '办理人', missing: '请申请人补正的内容',
  },
  {
    page: 'Applications of bodies', open: 'Applications', openN: (n: number) => (n ? `Applications ${n}` : 'Applications'), waiting: 'Waiting', decided: 'Decided', facts: (n: number) => `${n} waiting, earliest first`,
    none: 'No application waits', noneSay: 'Bodies apply at /party/apply; they are listed here in the order they came.', noDecided: 'Nothing decided yet', noDecidedSay: 'Applications are listed here once they are granted or refused.', backToParties: 'All parties', backToList: 'All applications',
    name: 'Body', kind: 'Kind', wanted: 'Scenarios wanted', submitted: 'Submitted', decidedAt: 'Decided', state: 'State', number: 'Number',
    states: { submitted: 'waiting', returned: 'with the applicant', granted: 'granted', refused: 'refused', draft: 'draft' },
    rivals: (n: number) => `${n} more with the same credit code`, rivalsSay: (n: number) => `${n} more applicants want to submit for the same credit code and wait for this decision. Find out which is true, for example by the body’s published telephone.`,
    says: 'What they say', uscc: 'Unified social credit code', contact: 'Contact for drivers', contactPhone: 'Telephone', person: 'Applicant', phone: 'Mobile', phoneConfirmed: 'confirmed by a code', erased: 'erased after its time',
    files: 'Evidence', filesSay: 'Pictures were made anew. PDFs are as they came: save them and open them in a safe reader. Each look is in the audit log.', pdf: 'Save the PDF', needed: 'asked for', gone: 'The evidence was destroyed 90 days after the decision.', seen: (what: string) => `${what}, picture`, kb: (n: number) => `${n} KB`,
    decide: 'Decision', decideSay: 'Decide scenario by scenario. If one is granted the body becomes a relying party, and its administrator’s link goes to the applicant’s phone.', purpose: 'Purpose', grant: 'Grant', refuse: 'Refuse', condition: 'Condition (optional)', conditionHint: 'Words to the applicant, such as “own drivers only”; what the system gives is bounded by the scenario.',
    reasons: 'Reasons (one or more)', otherWords: 'A sentence to the applicant', submit: 'Decide', submitSure: 'Decide', sureGrant: (n: number, all: number) => `${n} of ${all} scenarios will be granted: the body is registered and its administrator’s link is sent. This cannot be undone, but a party can be suspended at any time.`, sureRefuse: 'All will be refused and the reasons sent to the applicant. This cannot be undone; the applicant can apply again.',
    chooseAll: 'Grant or refuse each scenario; a refusal needs a reason.', askMore: 'Ask for more', askMoreSay: 'Only once. The applicant changes it and submits again, keeping the place in the queue.', chooseReason: 'Choose at least one reason; for other, write a sentence.', askMoreYes: 'Send', waitingThem: 'The applicant was asked for more. Until it is submitted again, you can only refuse all.',
    linkTitle: 'The administrator’s link, shown this once', linkSay: (at: string) => `It was sent to the applicant’s phone. Hand it over if need be. It works once and ends ${at}.`, kept: 'Done', toParty: 'Open the party',
    granted: 'granted', refused: 'refused', by: 'Decided by', missing: 'What was asked for',
  },
)
