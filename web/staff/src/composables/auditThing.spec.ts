import { describe, expect, it } from 'vitest'
import type { AuditThing } from '../api-types'
import { ownerOf, placeOf, tail } from './auditThing'

const party = { id: 'P1', name: '青羽租车' }
const named = (zh: string) => ({ zh, en: zh })

describe('what an entry was done to', () => {
  it('has a link to its page for who may open that', () => {
    const terminal: AuditThing = { kind: 'terminal', id: 'T1', name: named('4412'), party }
    expect(placeOf(terminal, () => true)).toBe('/parties/P1')
    expect(placeOf(terminal, (operation) => operation !== 'getParty')).toBeUndefined()
    expect(placeOf({ kind: 'admission', id: 'A1' }, () => true)).toBe('/parties/applications/A1')
    expect(placeOf({ kind: 'purpose', id: 'U1' }, (operation) => operation === 'listDelays')).toBe('/delays')
  })
  it('has none where no page shows it, and none of a driver', () => {
    for (const kind of ['licence', 'application', 'check', 'photo', 'device', 'log'] as const) expect(placeOf({ kind, id: 'X' }, () => true)).toBeUndefined()
    expect(placeOf({ id: 'X' }, () => true)).toBeUndefined()
    expect(placeOf({ kind: 'receiver', id: 'P1' }, () => true)).toBeUndefined()
  })
  it('is told whose it is, unless its name says so', () => {
    expect(ownerOf({ on: { kind: 'terminal', id: 'T1', party }, whose: { kind: 'party', id: 'P1', name: named('青羽租车') } })).toEqual(named('青羽租车'))
    expect(ownerOf({ on: { kind: 'party', id: 'P1', name: named('青羽租车'), party } })).toBeUndefined()
    expect(ownerOf({ on: { kind: 'passkey', id: 'K1' }, whose: { kind: 'member', id: 'M1', name: named('方砚') } })).toEqual(named('方砚'))
    expect(ownerOf({ on: { kind: 'member', id: 'M1', name: named('方砚') }, whose: { kind: 'member', id: 'M1', name: named('方砚') } })).toBeUndefined()
    expect(ownerOf({ on: { kind: 'application', id: 'A1' }, whose: { kind: 'licence', id: 'L1' } })).toBeUndefined()
  })
  it('shows the end of a long identifier', () => {
    expect([tail('01JD8Q4ZK3M5N7P9R1S3T5V7W9'), tail('bundle')]).toEqual(['…T5V7W9', 'bundle'])
  })
})
