// A photo's findings as the driver reads them: what to mend first, what would
// be better, what passed, and what no program can judge.

import type { Mark } from '@edl/kit/marks'
import type { Finding, Spot } from './api-types'

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

const POINT = 40 // thousandths: how far a frame round a mere point reaches

/** The frame round a spot. */
export function outlined({ x, y, w = 0, h = 0 }: Pick<Spot, 'x' | 'y' | 'w' | 'h'>): { x: number; y: number; width: number; height: number } {
  if (w && h) return { x, y, width: w, height: h }
  return { x: x - POINT / 2, y: y - POINT / 2, width: POINT, height: POINT }
}
