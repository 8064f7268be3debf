// The terminal's parts put together: one of each for the page's life.

import { serverNow } from '@edl/kit/clock'
import { dayOf } from '@edl/kit/dates'
import { shallowRef, watch } from 'vue'
import type { CheckAnswer, TerminalSession } from './api-types'
import { createChecker } from './checker'
import { device } from './device'
import { createIdle } from './idle'
import { createKept } from './kept'
import { alive, ask, onSessionEnd } from './line'
import { aboutFields, type Outcome } from './outcome'
import { createDecoder, type Decoder } from './scan/decoder'
import { createScanner } from './scan/scanner'
import { createWedge } from './scan/wedge'
import { createSession } from './session'
import { clearUnanswered, noteUnanswered } from './shift'
import { signal } from './sound'

export const session = createSession({ ask, device })
export const checker = createChecker({ ask })
export const form = createKept()

/** The verdict before this one, shown above the camera. */
export const last = shallowRef<CheckAnswer>()

let decoder: Decoder | undefined
export const scanner = createScanner({ decoder: () => (decoder ??= createDecoder()), onCode: (text) => void checkCode(text) })
export const wedge = createWedge((text) => void checkCode(text))

export const idle = createIdle({
  seconds: () => session.session.value?.idleSeconds,
  onEnd: () => void session.signOut('idle'),
  onWork: () => void ask<TerminalSession>('/api/terminal/session').catch(() => undefined),
})

export const today = (): string => dayOf(serverNow())

/** Asks about a scanned, typed or pasted code under the chosen scenario. */
export async function checkCode(code: string): Promise<void> {
  const scenario = session.scenario.value
  if (!scenario || session.phase.value !== 'signed_in') return
  scanner.rest()
  idle.work()
  await checker.check({ scenario: scenario.id, way: 'code', code, ...form.entries(scenario) })
}

/** Asks by number and name. */
export async function checkNumber(asked: { number: string; name: string; reason?: string }): Promise<Outcome | undefined> {
  const scenario = session.scenario.value
  if (!scenario) return undefined
  return checker.check({ scenario: scenario.id, way: 'number', ...form.entries(scenario), ...asked })
}

/** Records the comparison with the photo, here and at the server. */
export async function match(answer: CheckAnswer, same: boolean): Promise<void> {
  await checker.match(answer.id, same)
  if (last.value?.id === answer.id) last.value = { ...last.value, personMatch: same }
}

/** Leaves nothing of this shift behind. */
function endShift(): void {
  last.value = undefined
  scanner.turnOff()
  checker.forget()
  form.clear()
  clearUnanswered()
}

/** Wires the parts that listen to one another. Called once. */
export function wire(): void {
  onSessionEnd(() => session.session.value && session.dropped('ended'))
  watch(session.session, (now, before) => before && !now && endShift())
  watch(alive, (now) => now && checker.lineIsBack())
  watch(checker.outcome, (outcome, before) => {
    if (!outcome || (checker.question.value?.way === 'number' && aboutFields(outcome)) || (outcome.kind === 'offline' && before?.kind === 'offline')) return
    signal(outcome.tone)
    if (outcome.answer) {
      last.value = outcome.answer
      form.nextPerson()
    } else noteUnanswered(outcome, new Date(serverNow()).toISOString())
  })
  idle.watch()
}

