// One check at a time: asks, keeps asking while there is no network, and never
// asks a second question with a new name. A request id belongs to what was
// asked, so that a retry, or the same code scanned again here, gets the same
// answer instead of replayed_code.

import { asProblem } from '@edl/kit/task'
import { ref, shallowRef } from 'vue'
import type { CheckAnswer, CheckRequest } from './api-types'
import type { Ask } from './line'
import { answered, refused, type Outcome } from './outcome'

export type Question = Omit<CheckRequest, 'requestId'>

/** Pauses between tries without a network, in seconds; the last one repeats. */
const PAUSES = [2, 4, 6, 10]
/** A code is dead by then whatever happens, so its request id may be forgotten. */
const REMEMBER = 6 * 60_000 // ms
const KEPT_ANSWERS = 30

export function createChecker({ ask, elsewhere = async () => false, now = () => performance.now(), uuid = () => crypto.randomUUID() }: {
  ask: Ask
  /** Asks about a code that nobody here knows in another place, and shows what
      is said there while it is still this question; false: nothing is known. */
  elsewhere?: (asked: Question, still: () => boolean) => Promise<boolean>
  now?: () => number
  uuid?: () => string
}) {
  const outcome = shallowRef<Outcome>()
  const question = shallowRef<Question>()
  const busy = ref(false)
  const tries = ref(0) // without a network
  const retryIn = ref(0) // seconds until the next one; 0: none is planned
  const took = ref(0) // ms from the code seen to the word shown
  const ids = new Map<string, { id: string; at: number }>()
  const answers = new Map<string, CheckAnswer>()
  let run = 0 // the newest question; answers to older ones are dropped
  let timer: ReturnType<typeof setInterval> | undefined

  function idFor(asked: Question): string {
    for (const [key, { at }] of ids) if (now() - at > REMEMBER) ids.delete(key)
    const key = JSON.stringify(asked)
    const known = ids.get(key)
    if (known) return known.id
    const id = uuid()
    ids.set(key, { id, at: now() })
    return id
  }

  /** Asks, and resolves when there is something to show. */
  async function check(asked: Question): Promise<Outcome | undefined> {
    clear()
    question.value = asked
    return attempt()
  }

  async function attempt(): Promise<Outcome | undefined> {
    const asked = question.value
    if (!asked) return undefined
    const mine = ++run
    const from = now()
    stopTimer()
    busy.value = true
    const next = await answerTo(asked)
    if (next.kind === 'unregistered' && mine === run && (await elsewhere(asked, () => mine === run))) return undefined
    if (mine !== run) return undefined
    busy.value = false
    took.value = Math.round(now() - from)
    outcome.value = next
    if (next.kind === 'offline') waitThen(PAUSES[Math.min(tries.value++, PAUSES.length - 1)]!, attempt)
    else if (next.kind === 'limited') waitThen(next.problem?.retryAfter || 10)
    else tries.value = 0
    return next
  }

  async function answerTo(asked: Question): Promise<Outcome> {
    try {
      const answer = await ask<CheckAnswer>('/api/terminal/checks', { body: { requestId: idFor(asked), ...asked } })
      settle(asked)
      keep(answer)
      return answered(answer)
    } catch (error) {
      const problem = asProblem(error)
      if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) settle(asked)
      return refused(problem)
    }
  }

  /** A look-up by number asked again later is a new look-up, with its own record. */
  function settle(asked: Question): void {
    if (asked.way === 'number') ids.delete(JSON.stringify(asked))
  }

  function keep(answer: CheckAnswer): void {
    answers.set(answer.id, answer)
    if (answers.size > KEPT_ANSWERS) answers.delete(answers.keys().next().value!)
  }

  function waitThen(seconds: number, then?: () => void): void {
    retryIn.value = seconds
    timer = setInterval(() => {
      if (--retryIn.value > 0) return
      stopTimer()
      then?.()
    }, 1000)
  }

  function stopTimer(): void {
    clearInterval(timer)
    retryIn.value = 0
  }

  /** Forgets the question and drops an answer still on its way. */
  function clear(): void {
    run++
    stopTimer()
    busy.value = false
    tries.value = 0
    outcome.value = question.value = undefined
  }

  /** An answer given before; from the server where the page was reloaded. */
  async function recall(id: string): Promise<CheckAnswer> {
    const known = answers.get(id)
    if (known) return known
    const answer = await ask<CheckAnswer>(`/api/terminal/checks/${encodeURIComponent(id)}`)
    keep(answer)
    return answer
  }

  /** Records whether the person before the operator is the one of the photo. */
  async function match(id: string, same: boolean): Promise<void> {
    await ask(`/api/terminal/checks/${encodeURIComponent(id)}/person`, { body: { match: same } })
    const known = answers.get(id)
    if (known) keep({ ...known, personMatch: same })
  }

  function forget(): void {
    clear()
    ids.clear()
    answers.clear()
  }

  /** The line is back: do not wait for the countdown. */
  function lineIsBack(): void {
    if (outcome.value?.kind === 'offline' && !busy.value) void attempt()
  }

  return { outcome, question, busy, tries, retryIn, took, check, retry: attempt, clear, recall, match, forget, lineIsBack }
}

export type Checker = ReturnType<typeof createChecker>
