// Something read from the server: what came, whether more is under way, and
// what went wrong. What had come stays when a later reading fails. A deed that
// is under way is not done twice (task.ts); a reading takes the place of the one
// that is under way, since what it asks for may have been chosen meanwhile.

import { ref, shallowRef } from 'vue'
import type { Problem } from './api'
import { asProblem } from './task'

export function useLoad<T>(read: () => Promise<T>) {
  const data = shallowRef<T | null>(null)
  const problem = shallowRef<Problem | null>(null)
  const busy = ref(false)
  let latest = 0
  /** Reads anew; an older answer that arrives later is dropped. */
  async function load(): Promise<void> {
    const mine = ++latest
    busy.value = true
    try {
      const answer = await read()
      if (mine !== latest) return
      data.value = answer
      problem.value = null
    } catch (error) {
      if (mine === latest) problem.value = asProblem(error)
    } finally {
      if (mine === latest) busy.value = false
    }
  }
  return { data, problem, busy, load }
}
