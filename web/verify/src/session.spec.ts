import 'fake-indexeddb/auto'
import { Problem } from '@edl/kit/api'
import { beforeEach, describe, expect, it } from 'vitest'
import { device, newKeys } from './device'
import { admit } from './router'
import { createSession, SHIFT_GOES_ON } from './session'

const opened = {
  terminal: { id: 't1', number: 'T-0042', name: '巡逻 3 组', place: '滨河路' }, operator: { number: '000317', name: '陈立' },
  party: { id: 'p1', name: '滨河大队', kind: 'police' as const }, mustChangePin: false, idleSeconds: 600, serverTime: '2026-10-09T20:00:00+08:00',
  scenarios: [{ id: 'police', name: { zh: '执法查验', en: '' }, ways: [], asks: [] }, { id: 'duty', name: { zh: '检查', en: '' }, ways: [], asks: [] }],
}
const nobody = new Problem(401, 'signed_out', { zh: '', en: '' })

/** A server whose replies are looked up by method and path. */
function server(replies: Record<string, object | Problem | undefined>) {
  const asked: { call: string; body: unknown }[] = []
  const ask = async (path: string, { method, body }: { method?: string; body?: unknown } = {}): Promise<never> => {
    const call = `${method ?? (body ? 'POST' : 'GET')} ${path.replace('/api/terminal', '')}`
    asked.push({ call, body })
    const reply = replies[call]
    if (reply instanceof Problem) throw reply
    return reply as never
  }
  return { session: createSession({ ask: ask as never, device }), asked }
}

describe('who works at the terminal', () => {
  beforeEach(async () => {
    localStorage.clear()
    sessionStorage.clear()
    await device.forget()
  })
  const enrol = async (): Promise<unknown> => device.keepTerminal({ id: 't1', number: 'T-0042', name: '巡逻 3 组', party: opened.party, keys: await newKeys() })

  it('is nobody on a device without a key, and no question is asked', async () => {
    const { session, asked } = server({})
    await session.start()
    expect([session.phase.value, asked]).toEqual(['unenrolled', []])
  })

  it('is nobody where the server knows no session', async () => {
    await enrol()
    const { session } = server({ 'GET /session': nobody })
    await session.start()
    expect(session.phase.value).toBe('signed_out')
  })

  it('signs in with proof of the terminal and a PIN, and remembers the operator’s number', async () => {
    await enrol()
    const { session, asked } = server({ 'GET /session': nobody, 'POST /challenge': { challenge: 'Q0hB' }, 'POST /session': opened })
    await session.start()
    await session.signIn('000317', '271828')
    expect(session.phase.value).toBe('signed_in')
    expect(asked.at(-1)!.body).toMatchObject({ terminalId: 't1', challenge: 'Q0hB', operatorNumber: '000317', pin: '271828' })
    expect([session.lastOperator(), session.since.value]).toEqual(['000317', opened.serverTime])
  })

  it('must change a PIN that was handed out, without typing it twice', async () => {
    await enrol()
    const { session, asked } = server({ 'GET /session': nobody, 'POST /challenge': { challenge: 'Q0hB' }, 'POST /session': { ...opened, mustChangePin: true }, 'POST /operator/pin': undefined })
    await session.start()
    await session.signIn('000317', '314159')
    expect([session.phase.value, session.knowsPin()]).toEqual(['must_change_pin', true])
    await session.changePin('271828')
    expect(asked.at(-1)).toEqual({ call: 'POST /operator/pin', body: { old: '314159', new: '271828' } })
    expect(session.phase.value).toBe('signed_in')
  })

  it('leaves nothing of the shift behind at the end, and says why it ended', async () => {
    await enrol()
    const { session } = server({ 'GET /session': opened, 'DELETE /session': new Problem(0, 'network', { zh: '', en: '' }) })
    await session.start()
    sessionStorage.setItem('edl-verify-shift', '[]')
    await session.signOut('idle')
    expect([session.phase.value, session.left.value, session.session.value, sessionStorage.length]).toEqual(['signed_out', 'idle', undefined, 0])
  })

  it('keeps the chosen scenario as long as the party has it', async () => {
    await enrol()
    localStorage.setItem('edl-verify-scenario', 'gone')
    const { session } = server({ 'GET /session': opened })
    await session.start()
    expect(session.scenario.value?.id).toBe('police')
    session.choose('duty')
    expect(session.scenario.value?.id).toBe('duty')
  })

  it('opens to each phase its own pages', () => {
    expect(admit('unenrolled', 'scan')).toBe('enrol')
    expect(admit('signed_out', 'history')).toBe('sign-in')
    expect(admit('must_change_pin', 'scan')).toBe('pin')
    expect(admit('signed_in', 'history')).toBe('history')
    expect(admit('signed_in', 'sign-in')).toBe('scan')
  })
})

describe('a terminal that starts without a network', () => {
  const away = new Problem(0, 'network', { zh: '', en: '' })
  const codes = { ...opened, scenarios: [{ ...opened.scenarios[0]!, ways: ['code' as const, 'number' as const], asks: ['reason'] }, opened.scenarios[1]!] }
  const confirmedAt = Date.parse(opened.serverTime)

  beforeEach(async () => {
    await device.forget()
    await device.keepTerminal({ id: 't1', number: 'T-0042', name: '巡逻 3 组', party: opened.party, keys: await newKeys() })
  })
  /** Somebody was signed in, and the terminal is switched off and on. */
  async function restarted(reply: object | Problem) {
    const before = server({ 'GET /session': codes, 'DELETE /session': undefined })
    await before.session.start()
    await new Promise((resolve) => setTimeout(resolve))
    const after = server({ 'GET /session': reply })
    await after.session.start()
    return { before: before.session, session: after.session }
  }

  it('goes on in the shift that was open, with its codes alone, and says that nobody is signed in', async () => {
    const { session } = await restarted(away)
    expect([session.phase.value, session.mayGoOn(confirmedAt + SHIFT_GOES_ON - 1)]).toEqual(['signed_out', true])
    session.goOn()
    expect(session.phase.value).toBe('alone')
    expect(session.session.value).toMatchObject({ operator: { number: '000317', name: '' }, scenarios: [{ id: 'police', ways: ['code'], asks: [] }] })
    expect(['scan', 'offline', 'number', 'history', 'bulk'].map((name) => admit('alone', name))).toEqual(['scan', 'offline', 'scan', 'scan', 'scan'])
  })

  it('does not, twelve hours after the server’s last word', async () => {
    const { session } = await restarted(away)
    expect(session.mayGoOn(confirmedAt + SHIFT_GOES_ON)).toBe(false)
  })

  it('does not, where the server was reached and knows nobody', async () => {
    const { session } = await restarted(nobody)
    expect([session.mayGoOn(confirmedAt), await device.shift()]).toEqual([false, undefined])
  })

  it('does not, after the operator ended the shift', async () => {
    const { before } = await restarted(away)
    await before.signOut()
    const { session } = server({ 'GET /session': away })
    await session.start()
    expect(session.mayGoOn(confirmedAt)).toBe(false)
  })

  it('asks for a sign-in once the network is back, unless the session still stands', async () => {
    const replies: Record<string, object | Problem> = { 'GET /session': away }
    await restarted(away)
    const { session } = server(replies)
    await session.start()
    session.goOn()
    await session.rejoin()
    expect(session.phase.value).toBe('alone')
    replies['GET /session'] = codes
    await session.rejoin()
    expect(session.phase.value).toBe('signed_in')
    session.dropped(undefined)
    session.goOn()
    replies['GET /session'] = nobody
    await session.rejoin()
    expect([session.phase.value, session.left.value, session.shift.value]).toEqual(['signed_out', 'back', undefined])
  })
})
