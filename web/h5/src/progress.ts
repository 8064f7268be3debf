// An application's status as mark and word, and its due time as the driver
// reads it.

import type { Mark } from '@edl/kit/marks'
import type { Text } from '@edl/kit/i18n'
import type { Application, ApplicationStatus } from './api-types'

const words: Record<ApplicationStatus, Text> = {
  submitted: { zh: '申请已提交', en: 'Submitted' },
  reviewing: { zh: '审核中', en: 'In review' },
  approved: { zh: '审核通过', en: 'Approved' },
  refused: { zh: '审核不通过', en: 'Not passed' },
  issued: { zh: '已核发', en: 'Issued' },
  withdrawn: { zh: '已撤回', en: 'Withdrawn' },
}

export const isOpen = (a: Pick<Application, 'status'>): boolean => a.status === 'submitted' || a.status === 'reviewing' || a.status === 'approved'

export function statusMark(a: Pick<Application, 'status' | 'overdue'>): Mark {
  if (a.status === 'issued') return 'ok'
  if (a.status === 'refused') return 'stop'
  if (a.status === 'withdrawn') return 'unknown'
  return a.overdue ? 'look' : 'wait'
}

/** A photo that was changed is not "issued": the words fit the kind. */
export function statusWord(a: Pick<Application, 'status' | 'kind'>): Text {
  if (a.status === 'issued' && a.kind === 'photo') return { zh: '照片已更换', en: 'Photo changed' }
  return words[a.status]
}
