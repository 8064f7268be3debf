// The places of the console and who may enter them. Nobody sees a door that
// does not open: the rail shows what this person may call, and nothing greyed
// out. The server decides each call anyway.

import { computed } from 'vue'
import { session } from './session'
import type { IconName } from './ui/icons'

export type DoorName =
  | 'review' | 'window' | 'register' | 'corrections' | 'pending' | 'detentions' | 'imports' | 'feedback' | 'stats'
  | 'parties' | 'scenarios' | 'peers' | 'calendar' | 'settings' | 'accounts' | 'audit' | 'delays'

/** A door opens to who may call its operation. */
export interface Door { name: DoorName; path: string; icon: IconName; group: 'work' | 'settingsGroup' | 'watch'; operation: string }

export const DOORS: Door[] = [
  { name: 'review', path: '/review', icon: 'check', group: 'work', operation: 'openNextCase' },
  { name: 'window', path: '/window', icon: 'person', group: 'work', operation: 'openWindowCase' },
  { name: 'register', path: '/register', icon: 'search', group: 'work', operation: 'searchRegister' },
  { name: 'corrections', path: '/corrections', icon: 'pen', group: 'work', operation: 'listCorrections' },
  { name: 'pending', path: '/pending', icon: 'warn', group: 'work', operation: 'listPending' },
  { name: 'detentions', path: '/detentions', icon: 'clock', group: 'work', operation: 'listDetentions' },
  { name: 'imports', path: '/imports', icon: 'upload', group: 'work', operation: 'listImports' },
  { name: 'feedback', path: '/feedback', icon: 'speech', group: 'work', operation: 'listAllFeedback' },
  { name: 'parties', path: '/parties', icon: 'building', group: 'settingsGroup', operation: 'listParties' },
  { name: 'scenarios', path: '/scenarios', icon: 'layers', group: 'settingsGroup', operation: 'listScenarios' },
  { name: 'peers', path: '/peers', icon: 'key', group: 'settingsGroup', operation: 'listPeers' },
  { name: 'calendar', path: '/calendar', icon: 'calendar', group: 'settingsGroup', operation: 'setCalendarDay' },
  { name: 'settings', path: '/settings', icon: 'sliders', group: 'settingsGroup', operation: 'getSettings' },
  { name: 'accounts', path: '/accounts', icon: 'people', group: 'settingsGroup', operation: 'listStaff' },
  { name: 'audit', path: '/audit', icon: 'eye', group: 'watch', operation: 'readAudit' },
  { name: 'delays', path: '/delays', icon: 'lock', group: 'watch', operation: 'listDelays' },
  { name: 'stats', path: '/stats', icon: 'chart', group: 'watch', operation: 'getStats' },
]

/** Whether this person may call an operation. */
export const may = (operation: string): boolean => session.value?.permissions.includes(operation) ?? false
export const openDoors = computed(() => DOORS.filter((door) => may(door.operation)))
const SIDE: DoorName[] = ['imports', 'feedback', 'stats']
/** Where somebody of this post begins: not at a door that others share. */
export const firstDoor = computed(() => (openDoors.value.find((door) => !SIDE.includes(door.name)) ?? openDoors.value[0])?.path ?? '/me')
