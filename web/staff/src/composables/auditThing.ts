// What an entry of the log was done to, and whom it concerns: by number or name
// where it has one, and where the auditor may open it.

import type { AuditEntry, AuditThing, ThingKind } from '../api-types'

/** The page of a thing, and the operation that who opens it may call. */
type Place = [operation: string, path: (thing: AuditThing) => string | undefined]
const ofParty: Place = ['getParty', ({ party }) => party && `/parties/${party.id}`]
const PLACES: { [K in ThingKind]?: Place } = {
  party: ofParty, terminal: ofParty, enrolment: ofParty, operator: ofParty, key: ofParty, admin: ofParty, receiver: ofParty,
  admission: ['listAdmissions', ({ id }) => `/parties/applications/${id}`],
  scenario: ['listScenarios', () => '/scenarios'], peer: ['listPeers', () => '/peers'],
  calendar: ['setCalendarDay', () => '/calendar'], settings: ['getSettings', () => '/settings'], member: ['listStaff', () => '/accounts'],
  purpose: ['listDelays', () => '/delays'], detention: ['listDetentions', () => '/detentions'], feedback: ['listAllFeedback', () => '/feedback'],
  run: ['listImports', () => '/imports'], pending: ['listPending', () => '/pending'], correction: ['listCorrections', () => '/corrections'],
}

/** The page of a thing, for who may open it. */
export function placeOf(thing: AuditThing, may: (operation: string) => boolean): string | undefined {
  const place = thing.kind && PLACES[thing.kind]
  return place && may(place[0]) ? place[1](thing) : undefined
}

/** The end of an identifier: enough to see that two rows are about one thing. */
export const tail = (id: string): string => (id.length > 12 ? `…${id.slice(-6)}` : id)

/** Whose a thing is, where its own name does not say so. */
export function ownerOf({ on, whose }: Pick<AuditEntry, 'on' | 'whose'>): AuditThing['name'] {
  if (on?.party) return on.kind === 'party' ? undefined : { zh: on.party.name, en: on.party.name }
  return on && on.id !== whose?.id ? whose?.name : undefined
}
