// Who works at this terminal now. A phase says which pages are open; the
// session itself is a cookie that scripts cannot read. Without a network nobody
// can be signed in: the shift that was open goes on, its operator not confirmed
// (docs/decisions/0009).

import { Problem } from '@edl/kit/api'
import { learnServerTime } from '@edl/kit/clock'
import { computed, ref, shallowRef } from 'vue'
import type { Scenario, TerminalSession } from './api-types'
import { sign, type Device, type Shift, type Terminal } from './device'
import type { Ask } from './line'
import { getPasskey, makePasskey } from './passkey'

export type Phase = 'starting' | 'unenrolled' | 'signed_out' | 'must_change_pin' | 'signed_in' | 'alone'

/** Why nobody is signed in any more, said on the sign-in page. */
export type Left = 'idle' | 'ended' | 'back' | undefined

const SCENARIO = 'edl-verify-scenario'
const OPERATOR = 'edl-verify-operator'
const SINCE = 'edl-verify-since'

/** How long after the server's last word a shift may go on without a network. */
export const SHIFT_GOES_ON = 12 * 3600_000 // ms

export function createSession({ ask, device }: { ask: Ask; device: Device }) {
  const phase = ref<Phase>('starting')
  const terminal = shallowRef<Terminal>()
  const session = shallowRef<TerminalSession>()
  const left = ref<Left>()
  const shift = shallowRef<Shift>()
  const chosen = ref(localStorage.getItem(SCENARIO) ?? '')
  const since = ref(sessionStorage.getItem(SINCE) ?? '') // RFC 3339, of the sign-in
  let handedOut = '' // the PIN just used, so that its change need not ask again

  const scenario = computed<Scenario | undefined>(() => {
    const all = session.value?.scenarios ?? []
    return all.find((s) => s.id === chosen.value) ?? all[0]
  })

  async function start(): Promise<void> {
    if (phase.value !== 'starting') return
    terminal.value = await device.terminal()
    if (!terminal.value) return void (phase.value = 'unenrolled')
    shift.value = await device.shift()
    try {
      enter(await ask<TerminalSession>('/api/terminal/session'))
    } catch (error) {
      if (heard(error)) endShift()
      phase.value = 'signed_out'
    }
  }

  /** Tells the server that somebody is at work, and asks whether they may be. */
  async function refresh(): Promise<void> {
    keepShift(await ask<TerminalSession>('/api/terminal/session'))
  }

  function keepShift(now: TerminalSession): void {
    if (now.mustChangePin) return
    const scenarios = now.scenarios.filter((s) => s.ways.includes('code')).map(({ id, name }) => ({ id, name, ways: ['code' as const], asks: [] }))
    shift.value = { session: { ...now, operator: { number: now.operator.number, name: '' }, scenarios }, confirmedAt: Date.parse(now.serverTime) }
    void device.keepShift(shift.value)
  }

  function endShift(): void {
    shift.value = undefined
    void device.endShift()
  }

  /** Whether the kept shift may go on, by the latest time that can be trusted. */
  const mayGoOn = (now: number): boolean => phase.value === 'signed_out' && !!shift.value && now - shift.value.confirmedAt < SHIFT_GOES_ON

  /** Goes on without a network. Nobody is signed in. */
  function goOn(): void {
    session.value = shift.value!.session
    left.value = undefined
    phase.value = 'alone'
  }

  /** The network is back: who was signed in still is, or has to sign in. */
  async function rejoin(): Promise<void> {
    try {
      enter(await ask<TerminalSession>('/api/terminal/session'))
    } catch (error) {
      if (!heard(error)) return
      endShift()
      dropped('back')
    }
  }

  function enter(next: TerminalSession): void {
    learnServerTime(next.serverTime)
    session.value = next
    left.value = undefined
    if (!since.value) sessionStorage.setItem(SINCE, (since.value = next.serverTime))
    phase.value = next.mustChangePin ? 'must_change_pin' : 'signed_in'
    keepShift(next)
  }

  function enrolled(made: Terminal): void {
    terminal.value = made
    phase.value = 'signed_out'
  }

  /** Proves that this is the terminal, for a fresh challenge of the server. */
  async function proof(operatorNumber: string) {
    const { id, keys } = terminal.value!
    const { challenge } = await ask<{ challenge: string }>('/api/terminal/challenge', { body: { terminalId: id } })
    const signature = await sign(keys, 'edl-terminal-session:1', challenge, operatorNumber)
    return { terminalId: id, challenge, signature, operatorNumber }
  }

  async function signIn(operatorNumber: string, pin: string): Promise<void> {
    const body = { ...(await proof(operatorNumber)), pin }
    const next = await ask<TerminalSession>('/api/terminal/session', { body })
    handedOut = next.mustChangePin ? pin : ''
    remember(operatorNumber)
    enter(next)
  }

  async function signInByPasskey(operatorNumber: string): Promise<void> {
    const terminalId = terminal.value!.id
    const options = await ask<unknown>('/api/terminal/session/passkey/begin', { body: { terminalId, operatorNumber } })
    const credential = await getPasskey(options)
    const body = { ...(await proof(operatorNumber)), credential }
    const next = await ask<TerminalSession>('/api/terminal/session/passkey/finish', { body })
    remember(operatorNumber)
    enter(next)
  }

  async function addPasskey(name: string): Promise<void> {
    const options = await ask<unknown>('/api/terminal/passkeys/begin', { method: 'POST' })
    const credential = await makePasskey(options)
    await ask('/api/terminal/passkeys', { body: { credential, name } })
  }

  async function changePin(next: string, old = handedOut): Promise<void> {
    await ask('/api/terminal/operator/pin', { body: { old, new: next } })
    handedOut = ''
    session.value = { ...session.value!, mustChangePin: false }
    phase.value = 'signed_in'
    keepShift(session.value)
  }

  async function setPlace(place: string): Promise<void> {
    await ask('/api/terminal/place', { method: 'PUT', body: { place } })
    const now = session.value!
    session.value = { ...now, terminal: { ...now.terminal, place } }
  }

  function choose(id: string): void {
    chosen.value = id
    localStorage.setItem(SCENARIO, id)
  }

  /** Ends the session here at once, and at the server as soon as it hears it. */
  async function signOut(why: Left = undefined): Promise<void> {
    if (!session.value) return
    if (!why) endShift()
    dropped(why)
    try {
      await ask('/api/terminal/session', { method: 'DELETE' })
    } catch (error) {
      if (!(error instanceof Problem)) throw error // unheard: the server's own idle limit ends it
    }
  }

  function dropped(why: Left): void {
    session.value = undefined
    since.value = handedOut = ''
    sessionStorage.clear() // names and cases of this shift
    left.value = why
    if (why === 'ended') endShift()
    if (phase.value !== 'unenrolled') phase.value = 'signed_out'
  }

  return {
    phase, terminal, session, scenario, since, left, shift,
    knowsPin: () => handedOut !== '',
    lastOperator: () => localStorage.getItem(OPERATOR) ?? '',
    start, refresh, mayGoOn, goOn, rejoin, enrolled, signIn, signInByPasskey, addPasskey, changePin, setPlace, choose, signOut, dropped,
  }
}

/** Whether the server answered, and said no. */
const heard = (error: unknown): boolean => error instanceof Problem && (error.status === 401 || error.status === 403)

const remember = (operatorNumber: string): void => localStorage.setItem(OPERATOR, operatorNumber)

export type Session = ReturnType<typeof createSession>
