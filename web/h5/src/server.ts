// Calls of the driver's app. A 401 means that the session is over: the page
// goes to sign in and comes back. It is over once: an answer that was under way
// when the driver signed out or ended the account leads nowhere.

import { call, Problem, type Options } from '@edl/kit/api'
import { learnServerTime } from '@edl/kit/clock'
import { offline, session, sessionEnded } from './session'

let leave: () => void = () => {}

/** The router tells where to go when the session is over. */
export const onSessionEnd = (go: () => void): void => void (leave = go)

export async function ask<T>(path: string, options?: Options): Promise<T> {
  try {
    const answer = await call<T>(path, options)
    offline.value = false
    learnServerTime((answer as { serverTime?: string } | undefined)?.serverTime)
    return answer
  } catch (error) {
    if (error instanceof Problem) meet(error)
    throw error
  }
}

export function meet(problem: Problem): void {
  if (problem.status === 0) offline.value = true
  if (problem.status === 401 && session.value) {
    sessionEnded()
    leave()
  }
}
