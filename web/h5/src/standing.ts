// A licence's and an electronic licence's state as mark and word, always two.

import type { Mark } from '@edl/kit/marks'
import type { ElectronicState, LicenceState } from './api-types'

export function licenceMark(state: LicenceState): Mark {
  if (state.pending) return 'unknown'
  if (state.use === 'usable') return state.letters.every((l) => l.letter === 'A') ? 'ok' : 'look'
  return 'stop'
}

/** A licence that is hidden or gone is not drawn, whatever this phone has kept of it. */
export const isShown = (licence: LicenceState, electronic: ElectronicState): boolean =>
  electronic.state !== 'none' && (licence.use === 'usable' || licence.use === 'not_usable')

/** The electronic licence can be shown only where the licence itself is usable. */
export function electronicMark(electronic: ElectronicState, licence: LicenceState): Mark {
  if (electronic.state === 'none') return 'todo'
  if (electronic.state === 'invalidated' || licence.use !== 'usable') return 'stop'
  return 'ok'
}
