// What the 亮码 page needs without a network, kept fresh by this app: it reads
// the cache key `show` and makes codes by itself.

import { call } from '@edl/kit/api'
import { clockOffset, learnServerTime, serverNow } from '@edl/kit/clock'
import { cacheGet, cachePut } from '@edl/kit/keystore'
import { shallowRef } from 'vue'
import type { Show } from './api-types'
import { hasKey, level } from './session'

export interface KeptShow extends Show {
  checkedAt: number // ms, by the server's clock
  clockOffsetMs: number // server minus phone
}

/** Not deep: IndexedDB takes no reactive proxies. */
export const kept = shallowRef<KeptShow | null>(null)

const RENEW_AHEAD = 6 * 86_400_000 // ms: a phone that is online daily always has days left
const RENEW_PAUSE = 3_600_000 // ms between two tries
let triedAt = -Infinity

export async function refreshShow(): Promise<void> {
  kept.value ??= (await cacheGet<KeptShow>('show').catch(() => undefined)) ?? null
  if (level.value !== 'driver' || !hasKey.value) return
  try {
    let show = await asked()
    if (dueForRenewal(show)) {
      triedAt = serverNow()
      await call('/api/driver/devices/current/renew', { method: 'POST' })
      show = await asked()
    }
    kept.value = { ...show, checkedAt: Date.parse(show.serverTime), clockOffsetMs: clockOffset.value }
    await cachePut('show', kept.value)
  } catch {
    // The kept one stays; the 亮码 page says how old it is.
  }
}

async function asked(): Promise<Show> {
  const show = await call<Show>('/api/driver/show')
  learnServerTime(show.serverTime)
  return show
}

const dueForRenewal = (show: Show): boolean =>
  show.serial !== '' && Date.parse(show.offlineUntil) - serverNow() < RENEW_AHEAD && serverNow() - triedAt > RENEW_PAUSE
