import 'fake-indexeddb/auto'
import { cacheGet, cachePut, deviceKey } from '@edl/kit/keystore'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { Session } from './api-types'
import { keepEnrolment, prepareEnrolment } from './device'
import { deviceEnded, enrol, forgetAll, forgetDriver, hasKey, level, offline, openSession, session } from './session'

const phone: Session = { level: 'phone', phoneMasked: '000****0042', challenge: 'c1', serverTime: '2026-10-09T10:32:08+08:00' }
const driver: Session = { ...phone, level: 'driver', challenge: 'c2', deviceId: 'd1', name: '林知夏' }

const asked: { path: string; body: unknown }[] = []
/** Answers by path: a session, a status to refuse with, or no network. */
function server(answers: Record<string, Session | number | 'down'>): void {
  vi.stubGlobal('fetch', vi.fn(async (path: string, init: RequestInit) => {
    asked.push({ path, body: init.body ? JSON.parse(String(init.body)) : null })
    const answer = answers[path]
    if (answer === 'down' || answer === undefined) throw new TypeError('no network')
    if (typeof answer === 'number') return new Response(JSON.stringify({ code: 'refused', say: { zh: '不', en: 'no' } }), { status: answer })
    return new Response(JSON.stringify(answer))
  }))
}

async function enrolled(): Promise<void> {
  await keepEnrolment((await prepareEnrolment('x')).pair, 'd1')
}

beforeEach(async () => {
  await forgetAll()
  asked.length = 0
  deviceEnded.value = false
  offline.value = false
})

describe('opening', () => {
  it('nobody is signed in', async () => {
    server({ '/api/driver/session': 401 })
    await openSession()
    expect(level.value).toBe('none')
  })

  it('a session by text message shows no licence on a phone without a key', async () => {
    server({ '/api/driver/session': phone })
    await openSession()
    expect([level.value, hasKey.value]).toEqual(['phone', false])
  })

  it('the enrolled phone lifts its session by proving the key', async () => {
    await enrolled()
    server({ '/api/driver/session': phone, '/api/driver/session/proof': driver })
    await openSession()
    expect(level.value).toBe('driver')
    expect(asked[1]?.body).toMatchObject({ deviceId: 'd1' })
  })

  it('a phone ended from elsewhere learns it and drops its key and what it kept', async () => {
    await enrolled()
    await cachePut('show', { serial: 'x' })
    server({ '/api/driver/session': phone, '/api/driver/session/proof': 403 })
    await openSession()
    expect(await cacheGet('show')).toBeUndefined()
    expect([level.value, deviceEnded.value, hasKey.value]).toEqual(['phone', true, false])
    expect(await deviceKey()).toBeUndefined()
  })

  it('a lost network while proving keeps the key', async () => {
    await enrolled()
    server({ '/api/driver/session': phone, '/api/driver/session/proof': 'down' })
    await openSession()
    expect(deviceEnded.value).toBe(false)
    expect(await deviceKey()).toBeDefined()
  })

  it('without a network the last driver is assumed', async () => {
    await enrolled()
    await cachePut('session', driver)
    server({ '/api/driver/session': 'down' })
    await openSession()
    expect([level.value, offline.value]).toEqual(['driver', true])
  })
})

describe('enrolling', () => {
  it('keeps the key only if the server agreed', async () => {
    await expect(enrol('c1', () => Promise.reject(new Error('refused')))).rejects.toThrow()
    expect(await deviceKey()).toBeUndefined()
    await enrol('c1', async () => driver)
    expect(await deviceKey()).toBeDefined()
    expect(level.value).toBe('driver')
  })
})

describe('leaving', () => {
  it('removes what belongs to the driver and keeps the key for the next sign-in', async () => {
    await enrolled()
    await cachePut('show', { serial: 'x' })
    await cachePut('licence', { name: '林知夏' })
    session.value = driver
    await forgetDriver()
    expect(await cacheGet('show')).toBeUndefined()
    expect(await cacheGet('licence')).toBeUndefined()
    expect(await deviceKey()).toBeDefined()
    expect(level.value).toBe('none')
  })
})
