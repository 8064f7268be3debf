// What the 亮码 page needs without a network, kept fresh by this app: it reads
// the cache key `show` and makes codes by itself.

import { call } from '@edl/kit/api'
import { clockOffset, learnServerTime, serverNow } from '@edl/kit/clock'
import { ref } from 'vue'
import type { Show } from './api-types'
import { hasKey, level, offline } from './session'
import { cacheGet, cachePut } from '@edl/kit/keystore'

export interface KeptShow extends Show { checkedAt: number; clockOffsetMs: number }

export const kept = ref<KeptShow | null>(null)

const RENEW_AHEAD = 6 * 86_400_000 // ms: a phone that is online daily always has days left

export async function refreshShow(): Promise<void> {
  kept.value ??= (await cacheGet<KeptShow>('show').catch(() => undefined)) ?? null
  if (level.value !== 'driver' || !hasKey.value || offline.value) return
  try {
    let show = await call<Show>('/api/driver/show')
    if (show.serial && show.offlineUntil && Date.parse(show.offlineUntil) - serverNow() < RENEW_AHEAD) {
      await call('/api/driver/devices/current/renew', { method: 'POST' })
      show = await call<Show>('/api/driver/show')
    }
    learnServerTime(show.serverTime)
    kept.value = { ...show, checkedAt: Date.now(), clockOffsetMs: clockOffset.value }
    await cachePut('show', kept.value)
  } catch {
    // The kept one stays; the 亮码 page says how old it is.
  }
}
