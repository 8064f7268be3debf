// Signing out by itself: who does nothing for the allowed time is asked a
// minute before, then out. A person at work without calling the server (one
// who looks at a photo) keeps the session alive; a page left open does not.

import { computed, onBeforeUnmount, onMounted, ref } from 'vue'

const SIGNS = ['pointerdown', 'keydown', 'wheel', 'touchstart', 'pointermove'] as const
/** Seconds of warning before the end. */
export const WARNING = 60

export interface IdleOptions {
  idleSeconds: () => number
  /** When the server was last reached, ms. */
  reachedAt: () => number
  /** Tells the server that somebody is here. */
  stay: () => unknown
  /** Ends the session. */
  leave: () => unknown
  now?: () => number
}

export function useIdle({ idleSeconds, reachedAt, stay, leave, now = Date.now }: IdleOptions) {
  const left = ref(Infinity) // seconds until the end
  let lastSign = now()
  let lastStay = now()
  let timer: ReturnType<typeof setInterval> | undefined
  const warning = computed(() => left.value <= WARNING)

  // While the warning stands, only its button counts: a passing hand is not a decision.
  const sign = () => {
    if (!warning.value) lastSign = now()
  }
  const tick = () => {
    left.value = Math.ceil(idleSeconds() - (now() - lastSign) / 1000)
    if (left.value <= 0) {
      clearInterval(timer)
      leave()
      return
    }
    const quiet = now() - Math.max(reachedAt(), lastStay)
    if (now() - lastSign < 5_000 && quiet > (idleSeconds() * 1000) / 4) {
      lastStay = now()
      stay()
    }
  }
  const stayHere = () => {
    lastSign = lastStay = now()
    left.value = idleSeconds()
    stay()
  }
  onMounted(() => {
    for (const name of SIGNS) window.addEventListener(name, sign, { passive: true, capture: true })
    timer = setInterval(tick, 1000)
  })
  onBeforeUnmount(() => {
    for (const name of SIGNS) window.removeEventListener(name, sign, { capture: true })
    clearInterval(timer)
  })
  return { warning, left, stayHere, active: () => now() - lastSign < 120_000 }
}
