// The line to the server: every call goes through here, so that the page knows
// whether it is alive, how the server's clock stands, and when the session ended.

import { call, offline, Problem, type Options } from '@edl/kit/api'
import { learnServerTime } from '@edl/kit/clock'
import { ref } from 'vue'
import type { About } from './api-types'

/** A call that takes longer counts as no network: nobody waits at a roadside. */
const TIMEOUT = 8000 // ms
const PULSE = 30_000 // ms

export const alive = ref(true)
export const about = ref<About>()

let ended: () => void = () => undefined
/** Calls `then` whenever the server says that nobody is signed in. */
export const onSessionEnd = (then: () => void): void => void (ended = then)

/** Calls the API; throws a Problem, of status 0 where no answer came. */
export async function ask<T>(path: string, options: Options = {}): Promise<T> {
  try {
    const answer = await call<T>(path, { ...options, signal: AbortSignal.timeout(TIMEOUT) })
    alive.value = true
    return answer
  } catch (error) {
    const problem = error instanceof DOMException ? offline() : error
    if (problem instanceof Problem) {
      alive.value = problem.status !== 0
      if (problem.status === 401 && !path.endsWith('/session')) ended()
    }
    throw problem
  }
}

export type Ask = typeof ask

/** GET of bytes; undefined where there is nothing new. */
export async function bytes(path: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const response = await fetch(path, { signal: AbortSignal.timeout(TIMEOUT) })
  if (response.status === 204) return undefined
  if (!response.ok) throw new Problem(response.status, 'failed', { zh: '没有取到离线数据。', en: 'The offline data could not be fetched.' })
  return new Uint8Array(await response.arrayBuffer())
}

async function pulse(): Promise<void> {
  try {
    about.value = await ask<About>('/api/public/about')
    learnServerTime(about.value.serverTime)
  } catch {
    // ask has noted it
  }
}

/** Asks who the server is, and then now and then whether it is there. */
export function watchLine(): void {
  void pulse()
  setInterval(() => document.visibilityState === 'visible' && void pulse(), PULSE)
  addEventListener('online', () => void pulse())
  addEventListener('offline', () => (alive.value = false))
}
