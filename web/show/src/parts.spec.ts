import 'fake-indexeddb/auto'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { carry, keptParts, subject, type Parts } from './parts'
import type { Shown } from './shown'

const NOW = Date.parse('2026-10-09T02:32:08Z')
const DAY = 86_400_000

const shown = (over: Partial<Shown> = {}): Shown => ({
  serial: 'UQp3wgnkO_g', maskedName: '林*夏', classes: [], state: 'usable', offlineUntil: '', serverTime: '', demo: false, phone: '',
  checkedAt: NOW, clockOffsetMs: 0, ...over,
})
const parts = (days: number, serial = 'UQp3wgnkO_g'): Parts => ({ serial, qualification: 'AQI', full: 'AwQ', expiresAt: new Date(NOW + days * DAY).toISOString() })

function answers(next: Response | Error): string[] {
  const asked: string[] = []
  vi.stubGlobal('fetch', async (path: string, init?: RequestInit) => {
    asked.push(`${init?.method} ${path}`)
    if (next instanceof Error) throw next
    return next
  })
  return asked
}

describe('what a phone carries', () => {
  afterEach(() => vi.unstubAllGlobals())

  it('is signed anew when a day has passed, and kept', async () => {
    const asked = answers(Response.json(parts(7)))
    expect(await carry(shown(), parts(5.9))).toEqual(parts(7))
    expect(asked).toEqual(['POST /api/driver/show/parts'])
    expect(await keptParts()).toEqual(parts(7))
  })

  it('is signed anew where the phone has another serial', async () => {
    answers(Response.json(parts(7)))
    expect(await carry(shown(), parts(6.9, 'AAAAAAAAAAA'))).toEqual(parts(7))
  })

  it.each([
    ['fresh parts', shown(), parts(6.9)],
    ['a licence that cannot be used', shown({ state: 'not_usable' }), parts(1)],
  ])('stays with %s', async (_, said, kept) => {
    const asked = answers(Response.json(parts(7)))
    expect(await carry(said, kept)).toEqual(kept)
    expect(asked).toEqual([])
  })

  it.each([['no network', new TypeError()], ['a refusal', new Response('', { status: 409 })]])('stays as it was after %s', async (_, answer) => {
    answers(answer)
    expect(await carry(shown(), parts(2))).toEqual(parts(2))
  })

  it('serves no code when it has lapsed', () => {
    expect(subject('qualification', parts(1), NOW)).toEqual(new Uint8Array([1, 2]))
    expect(subject('full', parts(1), NOW)).toEqual(new Uint8Array([3, 4]))
    expect(subject('full', parts(1), NOW + DAY)).toBeUndefined()
    expect(subject('short', parts(1), NOW)).toBeUndefined()
    expect(subject('full', undefined, NOW)).toBeUndefined()
  })
})
