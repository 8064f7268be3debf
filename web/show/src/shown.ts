// What the server said about this phone's licence when it was last asked. The
// driver's app and this page both keep it under the cache key `show`.

import { fromBase64url } from '@edl/kit/bytes'
import type { Text } from '@edl/kit/i18n'
import { cacheGet, cachePut } from '@edl/kit/keystore'

export type State = 'usable' | 'not_usable' | 'hidden' | 'gone' | 'invalidated' | 'none'

/** The answer of GET /api/driver/show. */
export interface Answer {
  serial: string // base64url, of the device's credential
  maskedName: string
  classes: { code: string; name: Text }[]
  state: State
  sentence?: Text
  next?: Text
  where?: Text
  since?: string // YYYY-MM-DD
  offlineUntil: string // until when a phone without a network may call it usable
  serverTime: string
  demo: boolean
  phone: string // of the authority
}

/** The answer as it is kept. */
export interface Shown extends Answer {
  checkedAt: number // ms, by the server's clock
  clockOffsetMs: number // server minus phone
  over?: boolean // the server has since refused this phone: what is kept promises nothing any more
}

export const stored = (): Promise<Shown | undefined> => cacheGet<Shown>('show')

/** The subject of the codes, or nothing while there is no credential. */
export function serial(shown: Shown): Uint8Array | undefined {
  const bytes = shown.serial ? fromBase64url(shown.serial) : undefined
  return bytes?.length === 8 ? bytes : undefined
}

const RENEW_AHEAD = 6 * 86_400_000 // ms: a phone that is online daily always has days left
const RENEW_PAUSE = 3_600_000 // ms between two tries
let triedAt = -Infinity

export type Outcome = Shown | 'signed_out' | 'offline'

/** Asks the server, renews the credential in time, keeps the answer. */
export async function refresh(): Promise<Outcome> {
  let shown = await ask()
  if (shown === 'signed_out') await forget()
  if (typeof shown === 'string') return shown
  const left = Date.parse(shown.offlineUntil) - shown.checkedAt
  if (shown.serial && left < RENEW_AHEAD && shown.checkedAt - triedAt > RENEW_PAUSE) {
    triedAt = shown.checkedAt
    const renewed = await fetch('/api/driver/devices/current/renew', { method: 'POST' }).catch(() => undefined)
    const again = renewed?.ok ? await ask() : shown
    if (typeof again !== 'string') shown = again
  }
  await cachePut('show', shown)
  return shown
}

/** Until the server answers again, this phone says no more 可以使用. */
async function forget(): Promise<void> {
  const shown = await stored()
  if (shown && !shown.over) await cachePut('show', { ...shown, over: true } satisfies Shown)
}

async function ask(): Promise<Outcome> {
  const sent = Date.now()
  const response = await fetch('/api/driver/show', { headers: { Accept: 'application/json' } }).catch(() => undefined)
  if (response && response.status >= 401 && response.status <= 403) return 'signed_out'
  if (!response?.ok) return 'offline'
  const answer = (await response.json()) as Answer
  const received = Date.now()
  const server = Date.parse(answer.serverTime)
  return { ...answer, checkedAt: server, clockOffsetMs: Math.round(server - (sent + received) / 2) }
}
