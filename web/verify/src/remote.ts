// Asking a driver from afar: for one answer, or to be let ask by number.

import type { RemoteRequest, Scenario } from './api-types'

export type RemoteKind = RemoteRequest['kind']

/** What a scenario may ask for, the one answer first. */
export function remoteKinds(scenario: Scenario | undefined): RemoteKind[] {
  const kinds: RemoteKind[] = []
  if (scenario?.ways.includes('consent')) kinds.push('once')
  if (scenario?.standing) kinds.push('standing')
  return kinds
}

export const asksAfar = (scenario: Scenario | undefined): boolean => remoteKinds(scenario).length > 0
