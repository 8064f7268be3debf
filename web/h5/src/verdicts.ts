// A photo's findings as the driver reads them: what to mend first, what would
// be better, what passed, and what no program can judge.

import type { Mark } from '@edl/kit/marks'
import type { Finding } from './api-types'

const order: Finding['verdict'][] = ['fail', 'review', 'not_assessed', 'pass']
export const marks: Record<Finding['verdict'], Mark> = { fail: 'stop', review: 'look', pass: 'ok', not_assessed: 'unknown' }

/** Worst first; within a verdict as the server gave them. */
export function ranked(findings: Finding[]): Finding[] {
  return [...findings].sort((a, b) => order.indexOf(a.verdict) - order.indexOf(b.verdict))
}

/** The one thing to mend first, where there is something to mend. */
export function first(findings: Finding[]): Finding | undefined {
  return ranked(findings).find((f) => f.verdict === 'fail' || f.verdict === 'review')
}
