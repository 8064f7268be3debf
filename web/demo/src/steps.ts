// The half minutes in which one-time codes hold, by the server's clock.

import { useNow } from '@edl/kit/clock'
import { computed, watch, type ComputedRef } from 'vue'

const STEP = 30 // seconds

/** Seconds until the codes change; `stale` is told when they did, and at once. */
export function useSteps(stale: () => void): ComputedRef<number> {
  const now = useNow()
  const seconds = computed(() => Math.floor(now.value / 1000))
  watch(() => Math.floor(seconds.value / STEP), stale, { immediate: true })
  return computed(() => STEP - (seconds.value % STEP))
}
