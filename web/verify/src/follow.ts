// Followed drivers: which states there are and how each looks.

import type { FollowState, Scenario } from './api-types'
import type { Shape, Tone } from './look'

export const followFilters = ['all', 'stopped', 'new'] as const
export type FollowFilter = (typeof followFilters)[number]

const looks: Record<FollowState, { tone: Tone; shape: Shape }> = {
  '': { tone: 'again', shape: 'expired' },
  usable: { tone: 'usable', shape: 'usable' },
  not_for_this: { tone: 'stop', shape: 'stop' },
  not_usable: { tone: 'stop', shape: 'stop' },
}
export const followLook = (state: FollowState): { tone: Tone; shape: Shape } => looks[state]

/** Whether the scenario lets a body be told of changes. */
export const follows = (scenario: Scenario | undefined): boolean => !!scenario?.follows
