import { words } from '../language'

export const detention = words(
  {
    facts: (n: number, late: number) => `${n} 起未解除${late ? `，其中 ${late} 起逾期未处理` : ''}`, standing: '未解除', liftedList: '已解除', seek: '凭证编号或档案编号',
    none: '没有未解除的扣留', noneSay: '民警在执法终端上扣留驾驶证后，会列在这里，到期最早的在前。', noLifted: '还没有解除过的', noLiftedSay: '解除的扣留会列在这里。', notFound: '没有这个编号的扣留。',
    voucher: '强制措施凭证', driver: '驾驶人', ground: '依据', at: '扣留时间', due: '处理期限', liftedAt: '解除时间', overdue: '逾期', number: '回执编号', place: '地点', by: '办理单位、民警', paper: '纸质驾驶证',
    overdueSay: '十五日已过，驾驶人没有来接受处理。依法处理后再来解除；平台不会自动吊销。', onRegister: '登记库也载明“扣留”。在这里解除后，驾驶证仍按登记库的状态，直到登记库更正。',
    reason: '解除原因', reasonHint: '例如：已接受处理；处罚决定已作出；措施撤销', caseNumber: '案件编号', lift: '解除扣留', liftHint: '解除立即生效，驾驶人会收到消息。',
    liftedSay: '已解除，驾驶证状态已恢复，驾驶人已收到消息。', liftedStill: '已解除。登记库仍载明“扣留”，驾驶证暂不能使用，请更正登记。', select: '选一起看看', selectSay: '在列表里选一起扣留，这里显示内容和解除的办法。',
  },
  {
    facts: (n: number, late: number) => `${n} not lifted${late ? `, ${late} past their term` : ''}`, standing: 'Standing', liftedList: 'Lifted', seek: 'Certificate or file number',
    none: 'No detention stands', noneSay: 'What officers detain at their terminals is listed here, the first due first.', noLifted: 'None lifted yet', noLiftedSay: 'Lifted detentions are listed here.', notFound: 'There is no detention of that number.',
    voucher: 'Certificate', driver: 'Driver', ground: 'Grounds', at: 'Detained', due: 'Due', liftedAt: 'Lifted', overdue: 'past its term', number: 'Receipt', place: 'Place', by: 'By', paper: 'Paper licence',
    overdueSay: 'The fifteen days have passed and the driver did not come. Decide by law, then lift it here; nothing is revoked by itself.', onRegister: 'The register carries “detained” too. After lifting it here the licence stays so until the register is corrected.',
    reason: 'Why it is lifted', reasonHint: 'Such as: dealt with; penalty decided; measure withdrawn', caseNumber: 'Case number', lift: 'Lift the detention', liftHint: 'It holds at once, and the driver gets a message.',
    liftedSay: 'Lifted: the status is back and the driver was told.', liftedStill: 'Lifted. The register still carries “detained”, so the licence cannot be used until it is corrected.', select: 'Choose one', selectSay: 'Choose a detention from the list; its contents and how to lift it appear here.',
  },
)
