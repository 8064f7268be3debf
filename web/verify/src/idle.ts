// Nobody at the terminal: warn, then sign out. A scan counts as work.

import { computed, ref } from 'vue'

const WARNING = 30 // seconds before the end
const EVENTS = ['pointerdown', 'keydown', 'input'] as const

interface Needs {
  seconds: () => number | undefined // allowed idle; undefined: nobody is signed in
  onEnd: () => void
  /** Told now and then while somebody works, so that the server knows too. */
  onWork: () => void
  now?: () => number
}

export function createIdle({ seconds, onEnd, onWork, now = () => Date.now() }: Needs) {
  const left = ref(Infinity) // seconds
  const warning = computed(() => left.value <= WARNING)
  let last = now()
  let told = now()

  function work(): void {
    last = now()
    left.value = Infinity
  }

  function tick(): void {
    const allowed = seconds()
    if (!allowed) return work()
    left.value = Math.max(0, Math.ceil(allowed - (now() - last) / 1000))
    if (left.value === 0) return onEnd()
    // A third of the time apart, so that the server's own count never ends first.
    if (last > told && now() - told > (allowed * 1000) / 3) {
      told = now()
      onWork()
    }
  }

  function watch(): void {
    for (const name of EVENTS) addEventListener(name, work, { passive: true, capture: true })
    setInterval(tick, 1000)
  }

  return { left, warning, work, tick, watch }
}
