import 'fake-indexeddb/auto'
import { clockOffset } from '@edl/kit/clock'
import { cacheDelete, cacheGet } from '@edl/kit/keystore'
import { beforeEach, expect, it, vi } from 'vitest'
import type { Session, Show } from './api-types'
import { hasKey, offline, openSession, session } from './session'
import { kept, refreshShow } from './show'

const at = '2026-10-09T10:32:08+08:00'
const show = (offlineUntil: string, serial = 'AAAAAAAAAAE'): Show => ({
  serial, maskedName: '林*夏', classes: [], state: 'usable', sentence: { zh: '', en: '' }, serverTime: at, offlineUntil, authority: { zh: '', en: '' }, demo: true, phone: '',
})
const asked: string[] = []
const server = (answer: Show | 'down'): void => {
  vi.stubGlobal('fetch', vi.fn(async (path: string) => {
    asked.push(path)
    if (answer === 'down') throw new TypeError('no network')
    return new Response(JSON.stringify(path.endsWith('/renew') ? {} : answer))
  }))
}

beforeEach(async () => {
  await cacheDelete('show')
  asked.length = 0
  kept.value = null
  offline.value = false
  hasKey.value = true
  session.value = { level: 'driver' } as Session
})

it('keeps the answer for the 亮码 page, with the server’s time and the clock’s error', async () => {
  server(show('2026-10-16T10:32:08+08:00'))
  await refreshShow()
  expect(await cacheGet('show')).toMatchObject({ serial: 'AAAAAAAAAAE', checkedAt: Date.parse(at), clockOffsetMs: clockOffset.value })
  expect(asked).toEqual(['/api/driver/show'])
})

it('renews in time, and does not insist within the hour', async () => {
  server(show('2026-10-12T10:32:08+08:00'))
  await refreshShow()
  await refreshShow()
  expect(asked.filter((path) => path.endsWith('/renew'))).toHaveLength(1)
})

it('asks for nothing on a phone without a key', async () => {
  hasKey.value = false
  server(show('2026-10-16T10:32:08+08:00'))
  await refreshShow()
  expect(asked).toEqual([])
})

it('without a network the phone goes on by the clock it had learned', async () => {
  server(show('2026-10-16T10:32:08+08:00'))
  await refreshShow()
  const learned = clockOffset.value
  clockOffset.value = 0
  server('down')
  await openSession()
  expect(clockOffset.value).toBe(learned)
})
