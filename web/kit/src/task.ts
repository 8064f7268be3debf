// One press, one deed: a button's work with its wait and its refusal.

import { ref, type Ref } from 'vue'
import { Problem } from './api'

export interface Task<A extends unknown[]> {
  busy: Ref<boolean>
  problem: Ref<Problem | null>
  /** Runs the deed unless it is already running; true when it was done. */
  run: (...args: A) => Promise<boolean>
  clear: () => void
}

export function useTask<A extends unknown[]>(deed: (...args: A) => Promise<void>): Task<A> {
  const busy = ref(false)
  const problem = ref<Problem | null>(null)
  async function run(...args: A): Promise<boolean> {
    if (busy.value) return false
    busy.value = true
    problem.value = null
    try {
      await deed(...args)
      return true
    } catch (error) {
      problem.value = asProblem(error)
      return false
    } finally {
      busy.value = false
    }
  }
  return { busy, problem, run, clear: () => (problem.value = null) }
}

/** Anything thrown, as something that can be shown with a code to copy. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Problem) return error
  const name = error instanceof Error ? error.name : 'unknown'
  console.error(error)
  return new Problem(0, `page.${name.toLowerCase()}`, {
    zh: '页面没能完成这一步。您填写的内容还在。请再试一次；仍不行，请把下面的代码告诉我们。',
    en: 'The page could not finish this step. What you entered is kept. Try again; if it goes on, tell us the code below.',
  })
}
