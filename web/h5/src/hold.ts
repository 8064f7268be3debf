// A button to be held, so that no stray touch does it: by finger, mouse, Enter
// or Space.

import { onScopeDispose, ref } from 'vue'

export function useHold(ms: number, done: () => void) {
  const holding = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  function start(): void {
    if (holding.value) return // a held key repeats
    holding.value = true
    timer = setTimeout(() => {
      holding.value = false
      done()
    }, ms)
  }
  function stop(): void {
    clearTimeout(timer)
    holding.value = false
  }
  onScopeDispose(stop)
  const pressed = (event: KeyboardEvent): void => {
    if (event.key !== 'Enter' && event.key !== ' ') return
    event.preventDefault()
    start()
  }
  return { holding, on: { pointerdown: start, pointerup: stop, pointerleave: stop, pointercancel: stop, keydown: pressed, keyup: stop, blur: stop } }
}
