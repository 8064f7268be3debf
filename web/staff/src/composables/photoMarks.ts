// Marks of the findings over a photo. The server gives them in thousandths of
// the upright picture, so that they fit any rendering of it.

import type { Finding } from '../api-types'

export interface Box { key: string; n: number; verdict: Finding['verdict']; x: number; y: number; w: number; h: number; say: Finding['say'] }
export interface Numbered { n: number; finding: Finding }

const WEIGHT = { fail: 0, review: 1, not_assessed: 2, pass: 3 }
/** How wide a point is drawn, in thousandths. */
const POINT = 24

/** Findings with what is wrong first; those that need a look are numbered from 1. */
export function numbered(findings: readonly Finding[]): Numbered[] {
  const sorted = [...findings].sort((a, b) => WEIGHT[a.verdict] - WEIGHT[b.verdict])
  let n = 0
  return sorted.map((finding) => ({ n: finding.verdict === 'fail' || finding.verdict === 'review' ? ++n : 0, finding }))
}

/** The boxes to draw, in pixels of a picture of this size. */
export function boxes(findings: readonly Finding[], width: number, height: number): Box[] {
  const [sx, sy] = [width / 1000, height / 1000]
  return numbered(findings).flatMap(({ n, finding }) =>
    n === 0 ? [] : (finding.marks ?? []).map((mark, i) => {
      const side = mark.w || mark.h ? null : POINT * sx
      const w = side ?? (mark.w ?? 0) * sx
      const h = side ?? (mark.h ?? 0) * sy
      return { key: `${finding.rule}-${i}`, n, verdict: finding.verdict, x: mark.x * sx - (side ?? 0) / 2, y: mark.y * sy - (side ?? 0) / 2, w, h, say: finding.say }
    }))
}
