import 'fake-indexeddb/auto'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { refresh, stored, type Answer, type Shown } from './shown'

const SERVER = Date.parse('2026-10-09T02:32:08Z')
const HOUR = 3_600_000
const DAY = 24 * HOUR

const answer = (over: Partial<Answer> = {}): Answer => ({
  serial: 'UQp3wgnkO_g', maskedName: '林*夏', classes: [{ code: 'C1', name: { zh: '小型汽车', en: 'car' } }], state: 'usable',
  offlineUntil: new Date(SERVER + 14 * DAY).toISOString(), serverTime: new Date(SERVER).toISOString(), demo: true, phone: '', ...over,
})

/** Answers each request in turn and notes it. */
function server(...answers: (Response | Error)[]): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    asked.push(`${init?.method ?? 'GET'} ${path}`)
    const next = answers.shift()
    if (!next || next instanceof Error) throw next ?? new Error('asked once too often')
    return next
  })
  return asked
}

describe('asking the server', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'], now: SERVER - 7000 })) // a phone 7 s behind
  afterEach(() => {
    vi.useRealTimers()
    vi.unstubAllGlobals()
  })

  it('keeps the answer with the time it was learned and the clock’s error', async () => {
    const asked = server(Response.json(answer()))
    const got = await refresh()
    expect(got).toEqual({ ...answer(), checkedAt: SERVER, clockOffsetMs: 7000 } satisfies Shown)
    expect(await stored()).toEqual(got)
    expect(asked).toEqual(['GET /api/driver/show'])
  })

  it('renews a credential with fewer than six days left, and takes the new serial', async () => {
    const old = answer({ offlineUntil: new Date(SERVER + 5 * DAY).toISOString() })
    const asked = server(Response.json(old), new Response(null, { status: 204 }), Response.json(answer({ serial: 'AAAAAAAAAAE' })))
    expect(await refresh()).toMatchObject({ serial: 'AAAAAAAAAAE' })
    expect(asked).toEqual(['GET /api/driver/show', 'POST /api/driver/devices/current/renew', 'GET /api/driver/show'])
  })

  it('keeps the old credential when the renewal fails, and does not press for it', async () => {
    const later = (ms: number): Answer => answer({ serverTime: new Date(SERVER + ms).toISOString(), offlineUntil: new Date(SERVER + DAY).toISOString() })
    const asked = server(Response.json(later(2 * HOUR)), new Error('no network'), Response.json(later(2 * HOUR + 60_000)))
    expect(await refresh()).toMatchObject({ serial: 'UQp3wgnkO_g' })
    expect(await refresh()).toMatchObject({ serial: 'UQp3wgnkO_g' })
    expect(asked.filter((line) => line.startsWith('POST'))).toHaveLength(1)
  })

  it.each([
    ['no network is offline', new Error('no network'), 'offline'],
    ['a server in trouble is offline', new Response('', { status: 503 }), 'offline'],
    ['an ended session is signed out', new Response('', { status: 401 }), 'signed_out'],
    ['a session without a proved device is signed out', new Response('', { status: 403 }), 'signed_out'],
  ] as const)('%s', async (_name, reply, want) => {
    server(reply)
    expect(await refresh()).toBe(want)
  })

  it('keeps that the server refused this phone, until it answers again', async () => {
    server(Response.json(answer()), new Response('', { status: 401 }), Response.json(answer()))
    await refresh()
    await refresh()
    expect(await stored()).toMatchObject({ state: 'usable', over: true })
    await refresh()
    expect((await stored())?.over).toBeUndefined()
  })
})
