// The history of a licence in two times: when a version held, and when it was
// learned. What is drawn on the upper lane depends on the day of knowledge:
// a version learned later is not there yet.

import type { Version } from '../api-types'

export interface Segment { id: string; from: number; to: number; letters: string }
export interface Link { id: string; holds: number; learned: number; lateDays: number; late: boolean; first: boolean }

const DAY = 86_400_000
/** From this many days on, a version counts as learned late: a nightly feed is not late. */
export const LATE_DAYS = 3

const holds = (v: Version) => Date.parse(v.holdsFrom)
const learned = (v: Version) => Date.parse(v.learnedAt)

/** Versions as known at `known`, in the order in which they held; of two for one moment the later learned counts. */
export function versionsKnown(versions: readonly Version[], known: number): Version[] {
  const sorted = versions
    .filter((v) => learned(v) <= known)
    .sort((a, b) => holds(a) - holds(b) || learned(a) - learned(b))
  return sorted.filter((v, i) => i + 1 === sorted.length || holds(sorted[i + 1]!) !== holds(v))
}

/** The upper lane between two instants: one piece per stretch of the same letters. */
export function segments(versions: readonly Version[], known: number, from: number, to: number): Segment[] {
  const kept = versionsKnown(versions, known)
  const pieces: Segment[] = []
  kept.forEach((version, i) => {
    const start = Math.max(from, holds(version))
    const end = Math.min(to, i + 1 < kept.length ? holds(kept[i + 1]!) : to)
    if (end <= start) return
    const last = pieces.at(-1)
    if (last && last.letters === version.letters && last.to === start) last.to = end
    else pieces.push({ id: version.id, from: start, to: end, letters: version.letters })
  })
  return pieces
}

/** The version by which the register began to know the licence: it was late for nobody. */
export const firstLearned = (versions: readonly Version[]): string | undefined =>
  [...versions].sort((a, b) => learned(a) - learned(b) || holds(a) - holds(b))[0]?.id

/** One line per version that was learned in view, earliest first. */
export function links(versions: readonly Version[], from: number, to: number): Link[] {
  const began = firstLearned(versions)
  return versions
    .map((v) => {
      const lateDays = Math.floor((learned(v) - holds(v)) / DAY)
      return { id: v.id, holds: holds(v), learned: learned(v), lateDays, late: lateDays >= LATE_DAYS && v.id !== began, first: v.id === began }
    })
    .filter((l) => l.learned >= from && l.learned <= to)
    .sort((a, b) => a.learned - b.learned)
}

/**
 * Rows for labels of the given widths that begin at the given places: the
 * first row where a label does not touch the one before, or −1 for none.
 */
export function labelRows(labels: readonly { x: number; width: number }[], rows: number, gap = 10): number[] {
  const ends = new Array<number>(rows).fill(-Infinity)
  return labels.map(({ x, width }) => {
    const row = ends.findIndex((end) => x >= end + gap)
    if (row >= 0) ends[row] = x + width
    return row
  })
}

/** The instants a chart shows: the last year, six months, or all since the first version. */
export function extent(versions: readonly Version[], range: 'year' | 'half' | 'all', now: number): [number, number] {
  const pad = (span: number) => now + span * 0.03
  if (range === 'year') return [now - 365 * DAY, pad(365 * DAY)]
  if (range === 'half') return [now - 183 * DAY, pad(183 * DAY)]
  const first = Math.min(now - 30 * DAY, ...versions.map((v) => Math.min(holds(v), learned(v))))
  return [first - (now - first) * 0.02, pad(now - first)]
}
