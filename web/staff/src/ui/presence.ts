// Whether somebody is at work here: pages look for news only then, so that a
// page left open does not keep its session alive.

import { onBeforeUnmount, onMounted, shallowRef } from 'vue'

export const atWork = shallowRef<() => boolean>(() => true)

/** Runs `look` every `seconds` while somebody is here and sees the page. */
export function useLook(look: () => unknown, seconds: number): void {
  let timer: ReturnType<typeof setInterval> | undefined
  onMounted(() => {
    timer = setInterval(() => {
      if (document.visibilityState === 'visible' && atWork.value()) void look()
    }, seconds * 1000)
  })
  onBeforeUnmount(() => clearInterval(timer))
}
