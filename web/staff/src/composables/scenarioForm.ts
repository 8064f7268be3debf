// A scenario as an administrator may add one: it checks codes or asks drivers from afar, gives fields
// from a closed list, and asks what those fields need. Others are for bodies
// that act by law; the server refuses them.

import type { Ask, PartyKind, Scenario } from '../api-types'

/** Every check gives it. */
export const USABLE = 'usable'
/** Fields that may be given, with what must be asked for them. */
const OPEN: { [field: string]: Ask | null } = {
  [USABLE]: null, photo: null, name: null, classes: null, class_since: null, first_issue: null, validity: null, expiry: null, authority: null,
  same_person: 'holder', class_covers: 'vehicleClass', valid_until: 'rentalEnd', points_full: null, years_driving: null, in_probation: null,
}
/** By number is for bodies that act by law, and for consents that last. */
export const WAYS: Scenario['ways'] = ['code', 'consent']
export const KINDS: PartyKind[] = ['transport', 'insurer', 'rental', 'other']

export interface Offered { id: string; name: Scenario['name'] }

/** The fields to choose from, with the words that the scenarios there are give them. */
export function fieldsOf(scenarios: readonly Scenario[]): Offered[] {
  const names = new Map(scenarios.flatMap((s) => s.fieldIds.map((id, i) => [id, s.fields[i]!] as const)))
  return Object.keys(OPEN).flatMap((id) => (names.has(id) ? [{ id, name: names.get(id)! }] : []))
}

/** What must be asked so that these fields can be answered. */
export const asksFor = (fields: readonly string[]): Ask[] => [...new Set(fields.flatMap((f) => OPEN[f] ?? []))]

export const badId = (id: string, scenarios: readonly Scenario[]): boolean => !/^[a-z][a-z0-9_]{1,29}$/.test(id) || scenarios.some((s) => s.id === id)
