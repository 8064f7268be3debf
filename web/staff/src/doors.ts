// The places of the console and who may enter them. Nobody sees a door that
// does not open: the rail shows what this post may do, and nothing greyed out.
// The server decides each call anyway.

import { computed } from 'vue'
import type { Role } from './api-types'
import { roles } from './session'
import type { IconName } from './ui/icons'

export type DoorName =
  | 'review' | 'window' | 'register' | 'corrections' | 'pending' | 'imports' | 'feedback' | 'stats'
  | 'parties' | 'scenarios' | 'calendar' | 'settings' | 'accounts' | 'audit'

export interface Door { name: DoorName; path: string; icon: IconName; group: 'work' | 'settingsGroup' | 'watch'; roles: Role[] }

export const DOORS: Door[] = [
  { name: 'review', path: '/review', icon: 'check', group: 'work', roles: ['review'] },
  { name: 'window', path: '/window', icon: 'person', group: 'work', roles: ['window'] },
  { name: 'register', path: '/register', icon: 'search', group: 'work', roles: ['window', 'registrar'] },
  { name: 'corrections', path: '/corrections', icon: 'pen', group: 'work', roles: ['registrar'] },
  { name: 'pending', path: '/pending', icon: 'warn', group: 'work', roles: ['registrar'] },
  { name: 'imports', path: '/imports', icon: 'upload', group: 'work', roles: ['registrar'] },
  { name: 'feedback', path: '/feedback', icon: 'speech', group: 'work', roles: ['window', 'registrar'] },
  { name: 'parties', path: '/parties', icon: 'building', group: 'settingsGroup', roles: ['system'] },
  { name: 'scenarios', path: '/scenarios', icon: 'layers', group: 'settingsGroup', roles: ['system'] },
  { name: 'calendar', path: '/calendar', icon: 'calendar', group: 'settingsGroup', roles: ['system'] },
  { name: 'settings', path: '/settings', icon: 'sliders', group: 'settingsGroup', roles: ['system'] },
  { name: 'accounts', path: '/accounts', icon: 'people', group: 'settingsGroup', roles: ['security'] },
  { name: 'audit', path: '/audit', icon: 'eye', group: 'watch', roles: ['audit'] },
  { name: 'stats', path: '/stats', icon: 'chart', group: 'watch', roles: ['review', 'registrar', 'system', 'audit'] },
]

export const mayEnter = (door: Door, held: readonly Role[]): boolean => door.roles.some((role) => held.includes(role))
export const openDoors = computed(() => DOORS.filter((door) => mayEnter(door, roles.value)))
/** Where somebody of this post begins. */
export const firstDoor = computed(() => openDoors.value[0]?.path ?? '/me')
