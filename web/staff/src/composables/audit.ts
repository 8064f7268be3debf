// What the audit page works out from the rows it has: which are proved by the
// checkpoint, and where flags stand close together.

import type { AuditEntry, Checkpoint } from '../api-types'
import { tail } from './auditThing'

/** A row is covered when its place lies within the signed log. */
export const covered = (entry: AuditEntry, checkpoint: Checkpoint | null | undefined): boolean =>
  entry.seq !== null && entry.seq !== undefined && entry.seq >= 0 && !!checkpoint && entry.seq < checkpoint.size

/** Who did it, as the auditor's table calls them: by name where the server gives it, else so that one is told from others. */
export const actorOf = (entry: AuditEntry): string => entry.actorName || (entry.actorKind === 'program' || entry.actor === 'anonymous' ? '' : tail(entry.actor))

export interface Burst { actor: string; name: string; count: number; minutes: number; from: string }

/** The actor with most flagged rows within `minutes`, if there are at least `least`. */
export function burst(entries: readonly AuditEntry[], minutes = 10, least = 3): Burst | null {
  let found: Burst | null = null
  const byActor = new Map<string, AuditEntry[]>()
  for (const entry of entries) if (entry.flagged) byActor.set(entry.actor, [...(byActor.get(entry.actor) ?? []), entry])
  for (const [actor, rows] of byActor) {
    const times = rows.map((row) => ({ at: Date.parse(row.at), row })).sort((a, b) => a.at - b.at)
    for (let i = 0, j = 0; j < times.length; j++) {
      while (times[j]!.at - times[i]!.at > minutes * 60_000) i++
      const count = j - i + 1
      if (count >= least && count > (found?.count ?? 0)) found = { actor, name: actorOf(rows[0]!), count, from: times[i]!.row.at, minutes: Math.max(1, Math.ceil((times[j]!.at - times[i]!.at) / 60_000)) }
    }
  }
  return found
}

/** What codes stand for, by the fact that they are the values of. */
export interface Meanings { [fact: string]: { [code: string]: string } }

/** A fact's values in words; what has none stays as it is kept. */
export function inWords(meanings: Meanings, fact: string, value: string): string[] {
  const known = meanings[fact === 'scenarios' ? 'scenario' : fact]
  if (!known) return [value]
  return value.replace(/^\[|\]$/g, '').split(/[ ,]+/).map((code) => known[code] ?? code)
}
