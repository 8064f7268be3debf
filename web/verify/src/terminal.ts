// The terminal's parts put together: one of each for the page's life.

import { serverNow } from '@edl/kit/clock'
import { dayOf } from '@edl/kit/dates'
import { computed, ref, shallowRef, watch } from 'vue'
import type { CheckAnswer } from './api-types'
import { createChecker, type Question } from './checker'
import { device } from './device'
import { createIdle } from './idle'
import { createKept } from './kept'
import { fromBase64url } from '@edl/kit/bytes'
import { about, alive, ask, bytes, onSessionEnd } from './line'
import { createOffline, type Reported } from './offline/desk'
import { beginsAsDataCode } from './offline/datacode'
import type { Foreign } from './offline/judge'
import { outcomeOf } from './offline/outcome'
import { store } from './offline/store'
import { aboutFields, type Outcome } from './outcome'
import { createDecoder, type Decoder } from './scan/decoder'
import { createScanner } from './scan/scanner'
import { createWedge } from './scan/wedge'
import { createSession } from './session'
import { clearUnanswered, noteUnanswered } from './shift'
import { signal } from './sound'
import { tellsWhy } from './parts/words'

export const session = createSession({ ask, device })
export const checker = createChecker({ ask, elsewhere: checkForeign })
export const form = createKept()

export const offline = createOffline({
  store,
  line: {
    bytes,
    report: (checks) => ask<Reported>('/api/terminal/offline-checks', { body: { checks } }),
    compare: (issuer, number, match) => ask('/api/terminal/foreign-checks/person', { body: { issuer, number, match } }),
  },
})

/** Whether this terminal can check codes by itself: those who get everything
    that a code holds, and have a bundle. */
export const mayCheckAlone = computed(() => tellsWhy(session.session.value?.party.kind) && offline.ready.value)
/** The operator chose to, until the line is back. */
const alone = ref(false)

/** Somebody is at work here, confirmed or not. */
export const atWork = computed(() => session.phase.value === 'signed_in' || session.phase.value === 'must_change_pin' || session.phase.value === 'alone')

/** Whether the shift that was open may go on without a network and a sign-in. */
export const mayGoOn = (): boolean => !alive.value && offline.ready.value && tellsWhy(session.shift.value?.session.party.kind) && session.mayGoOn(offline.trusted())

const SYNC_EVERY = 60_000 // ms

/** The verdict before this one, shown above the camera. */
export const last = shallowRef<CheckAnswer>()

let decoder: Decoder | undefined
export const scanner = createScanner({ decoder: () => (decoder ??= createDecoder()), onCode: (text) => void checkCode(text) })
export const wedge = createWedge((text) => void checkCode(text), ({ key, code, shiftKey }) =>
  void (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { key, code, shiftKey, bubbles: true, cancelable: true })))

export const idle = createIdle({
  seconds: () => session.session.value?.idleSeconds,
  onEnd: () => void session.signOut('idle'),
  onWork: () => void session.refresh().catch(() => undefined),
})

export const today = (): string => dayOf(serverNow())

/** Asks about a scanned, typed or pasted code under the chosen scenario. */
export async function checkCode(code: string): Promise<void> {
  const scenario = session.scenario.value
  if (!scenario || !atWork.value) return
  scanner.rest()
  idle.work()
  if (beginsAsDataCode(code)) return readData(code, scenario.id)
  if (session.phase.value === 'alone') return void (await checkAlone(code))
  if (alone.value && !alive.value && mayCheckAlone.value) return void (await checkAlone(code))
  await checker.check({ scenario: scenario.id, way: 'code', code, ...form.entries(scenario) })
}

/** A code that nobody here knows may be another authority's: our server asks it,
    before the operator reads and hears that it is unknown. */
async function checkForeign({ code, scenario }: Question, still: () => boolean): Promise<boolean> {
  if (!code || scenario !== 'police') return false
  const said = await ask<Foreign>('/api/terminal/foreign-checks', { body: { code, scenario } }).catch(() => undefined)
  if (!said) return false // of no authority on the trust list
  if (!still()) return true
  checker.clear()
  signal(outcomeOf(await offline.show(code, said)).outcome.tone)
  return true
}

/** Reads 数据码 as this terminal reads codes without a network, online too: it
    holds what police and windows alone may see, and the server has no code to
    redeem. The driver sees that it was read: at once where there is a network. */
async function readData(text: string, scenario: string): Promise<void> {
  checker.clear()
  const finding = await offline.readData(text, mayCheckAlone.value, scenario, operatorNow())
  if (finding.verdict === 'data_cut') wedge.goDeaf()
  if (finding.queued) void syncOffline()
  signal(outcomeOf(finding).outcome.tone)
}

/** Who is at work here, and whether the server confirmed it. */
const operatorNow = () => ({ operator: session.session.value!.operator.number, signedIn: session.phase.value === 'signed_in' })

/** Judges a code without the server. */
export async function checkAlone(code: string): Promise<void> {
  const scenario = session.scenario.value
  if (!scenario || !mayCheckAlone.value) return
  alone.value = true
  scanner.rest()
  checker.clear()
  const finding = await offline.check(code, scenario.id, operatorNow())
  signal(outcomeOf(finding).outcome.tone)
}

/** Brings bundle and queue up to date while there is a network: not twice at a
    time, and once more where that was asked for meanwhile. */
async function syncOffline(): Promise<void> {
  again = true
  if (syncing) return
  syncing = true
  try {
    while (again) {
      again = false
      await bringUpToDate()
    }
  } finally {
    syncing = false
  }
}
let syncing = false
let again = false

async function bringUpToDate(): Promise<void> {
  if (session.phase.value !== 'signed_in' || !alive.value) return
  const pinned = session.terminal.value?.bundleKey ?? session.session.value?.bundleKey
  await openOffline(pinned)
  await offline.learn(serverNow())
  await Promise.allSettled([offline.sync(), offline.report()])
}

/** Takes what was kept, once; again where there is a key to pin. */
async function openOffline(pinned: string | undefined): Promise<void> {
  if (pinned === opened) return
  opened = pinned
  await offline.start(pinned ? fromBase64url(pinned) : undefined)
}
let opened: string | undefined | null = null

/** Asks by number and name. */
export async function checkNumber(asked: { number: string; name: string; reason?: string; purpose?: string; caseNumber?: string }): Promise<Outcome | undefined> {
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
  offline.clear()
  form.clear()
  clearUnanswered()
}

/** Wires the parts that listen to one another. Called once. */
export function wire(): void {
  onSessionEnd(() => session.session.value && session.dropped('ended'))
  watch(session.session, (now, before) => before && !now && endShift())
  watch(alive, (now) => {
    if (!now) return
    alone.value = false
    checker.lineIsBack()
    void syncOffline()
  })
  watch(session.terminal, (terminal) => terminal && void openOffline(terminal.bundleKey))
  // A finding stays as long as the operator looks at it.
  watch([alive, session.phase, offline.finding], () => {
    if (session.phase.value === 'alone' && alive.value && !offline.finding.value) void session.rejoin()
  })
  watch([session.phase, about], () => void syncOffline())
  setInterval(() => document.visibilityState === 'visible' && void syncOffline(), SYNC_EVERY)
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

