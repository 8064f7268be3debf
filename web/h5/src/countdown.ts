// Seconds until something may be done again.

import { computed, onScopeDispose, ref } from 'vue'

export function useCountdown() {
  const until = ref(0) // ms since 1970, the phone's clock
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), 500)
  onScopeDispose(() => clearInterval(timer))
  const left = computed(() => Math.max(0, Math.ceil((until.value - now.value) / 1000)))
  function start(seconds: number): void {
    now.value = Date.now()
    until.value = now.value + seconds * 1000
  }
  return { left, start }
}
