// A licence's and an electronic licence's state as mark and word, always two.

import type { Mark } from '@edl/kit/marks'
import type { ElectronicState, LicenceState } from './api-types'

export function licenceMark(state: LicenceState): Mark {
  if (state.pending) return 'unknown'
  if (state.use === 'usable') return state.letters.every((l) => l.letter === 'A') ? 'ok' : 'look'
  return 'stop'
}

/** The electronic licence can be shown only where the licence itself is usable. */
export function electronicMark(electronic: ElectronicState, licence: LicenceState): Mark {
  if (electronic.state === 'none') return 'todo'
  if (electronic.state === 'invalidated' || licence.use !== 'usable') return 'stop'
  return 'ok'
}
