// Which page there is to show: decided here, from facts alone.

import { serial, type Shown } from './shown'

export interface Facts {
  weChat: boolean
  hasKey: boolean
  wasBound: boolean // this browser once held a key
  shown?: Shown
  link: 'asking' | 'online' | 'offline' | 'signed_out'
  now: number // ms, by the server's clock
}

/** The three looks of a code. */
export type Look = 'usable' | 'not' | 'unknown'

/** The pages without a code. */
export type Plain = 'wechat' | 'bind' | 'rebind' | 'wait' | 'first' | 'signin' | 'ended' | 'none' | 'hidden' | 'gone'

export type Face = { look: Look } | { plain: Plain }

export function face(facts: Facts): Face {
  const { shown, link } = facts
  if (facts.weChat) return { plain: 'wechat' }
  if (!facts.hasKey) return { plain: facts.wasBound ? 'rebind' : 'bind' }
  if (!shown) return { plain: link === 'signed_out' ? 'signin' : link === 'offline' ? 'first' : 'wait' }
  if (link === 'signed_out' || (shown.over && link !== 'online')) return { plain: 'ended' }
  if (shown.state === 'none' || shown.state === 'hidden' || shown.state === 'gone') return { plain: shown.state }
  if (!serial(shown)) return { plain: 'rebind' }
  if (shown.state !== 'usable') return { look: 'not' }
  return { look: link !== 'online' && facts.now > Date.parse(shown.offlineUntil) ? 'unknown' : 'usable' }
}
