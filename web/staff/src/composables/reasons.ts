// Reasons for refusal as the desk offers them: the seven seen most have the
// keys 1 to 7, 其他 has 8, the rest is found by a word.

import type { Reason } from '../api-types'

export const OTHER = 'other'
const KEYED = 7

export interface Offer { keyed: { key: string; reason: Reason }[]; more: Reason[] }

export function offer(reasons: readonly Reason[]): Offer {
  const photo = reasons.filter((r) => r.code !== OTHER)
  const other = reasons.find((r) => r.code === OTHER)
  const first = photo.slice(0, KEYED)
  const keyed = (other ? [...first, other] : first).map((reason, i) => ({ key: String(i + 1), reason }))
  return { keyed, more: photo.slice(KEYED) }
}

/** Those of the rest whose label or sentence holds the word, in either language; all for none. */
export function find(more: readonly Reason[], word: string): Reason[] {
  const wanted = word.trim().toLowerCase()
  return more.filter((r) => [r.label.zh, r.label.en, r.say.zh, r.say.en, r.code].some((text) => text.toLowerCase().includes(wanted)))
}
