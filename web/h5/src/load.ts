// A page's data: shown at once from this phone where it was kept, then fresh
// from the server, then again whenever the live stream says it changed.

import type { Problem } from '@edl/kit/api'
import { serverNow } from '@edl/kit/clock'
import { asProblem } from '@edl/kit/task'
import { ref, shallowRef, type Ref, type ShallowRef } from 'vue'
import { on, type LiveEvent } from './live'
import { ask } from './server'
import { cacheGet, cachePut } from '@edl/kit/keystore'

export interface Load<T> {
  data: ShallowRef<T | undefined>
  problem: Ref<Problem | null>
  loading: Ref<boolean>
  /** When the shown data came from the server, ms since 1970 by its clock. */
  checkedAt: Ref<number>
  /** The data shown is what this phone kept; the server did not answer. */
  stale: Ref<boolean>
  reload: () => Promise<void>
}

interface Kept<T> { answer: T; checkedAt: number }

export function useLoad<T>(path: string | (() => string), options: { keep?: string; again?: LiveEvent[]; body?: unknown } = {}): Load<T> {
  const data = shallowRef<T>()
  const problem = ref<Problem | null>(null)
  const loading = ref(true)
  const checkedAt = ref(0)
  const stale = ref(false)
  let turn = 0

  async function showKept(): Promise<void> {
    if (!options.keep || data.value) return
    const kept = await cacheGet<Kept<T>>(options.keep).catch(() => undefined)
    if (!kept || data.value) return
    data.value = kept.answer
    checkedAt.value = kept.checkedAt
  }

  async function reload(): Promise<void> {
    const mine = ++turn
    loading.value = true
    problem.value = null
    const kept = showKept()
    try {
      const answer = await ask<T>(typeof path === 'string' ? path : path(), { body: options.body })
      await kept
      if (mine !== turn) return
      data.value = answer
      checkedAt.value = serverNow()
      stale.value = false
      if (options.keep) await cachePut(options.keep, { answer, checkedAt: checkedAt.value } satisfies Kept<T>)
    } catch (error) {
      await kept
      if (mine !== turn) return
      problem.value = asProblem(error)
      stale.value = data.value !== undefined
    } finally {
      if (mine === turn) loading.value = false
    }
  }

  void reload()
  for (const event of options.again ?? []) on(event, () => void reload())
  return { data, problem, loading, checkedAt, stale, reload }
}
