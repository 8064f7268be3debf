// The thirty seconds in which a decision can be taken back. They are measured
// from the moment the answer came, as the server gave their length: a wrong
// clock on this machine changes nothing.

import { computed, onBeforeUnmount, ref } from 'vue'
import type { Decision } from '../api-types'

export interface Undo { decision: Decision; startedAt: number; lasts: number }

/** How long the decision can be taken back, ms. */
export const undoTime = (decision: Decision): number =>
  decision.final ? 0 : Math.max(0, Date.parse(decision.finalAt) - Date.parse(decision.decidedAt))

/** What is left of it, ms. */
export const undoLeft = (undo: Undo, now: number): number => Math.max(0, undo.lasts - (now - undo.startedAt))

export function useUndo(now: () => number = () => performance.now()) {
  const undo = ref<Undo | null>(null)
  const left = ref(0)
  let timer: ReturnType<typeof setInterval> | undefined

  const stop = () => {
    clearInterval(timer)
    undo.value = null
    left.value = 0
  }
  const tick = () => {
    if (!undo.value) return
    left.value = undoLeft(undo.value, now())
    if (left.value === 0) stop()
  }
  /** Offers to take back this decision; an earlier offer gives way. */
  const offer = (decision: Decision) => {
    stop()
    const lasts = undoTime(decision)
    if (lasts === 0) return
    undo.value = { decision, startedAt: now(), lasts }
    left.value = lasts
    timer = setInterval(tick, 250)
  }
  onBeforeUnmount(stop)

  const seconds = computed(() => Math.ceil(left.value / 1000))
  const share = computed(() => (undo.value ? left.value / undo.value.lasts : 0))
  return { decision: computed(() => undo.value?.decision ?? null), seconds, share, offer, stop }
}
