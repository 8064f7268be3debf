import { describe, expect, it } from 'vitest'
import type { AuditEntry } from '../api-types'
import { actorOf, burst, covered, inWords } from './audit'

const row = (actor: string, minute: number, flagged = true, seq: number | null = 5): AuditEntry => ({
  id: `${actor}${minute}`, seq, at: new Date(Date.UTC(2021, 8, 16, 14, minute)).toISOString(), actor, actorKind: 'operator', action: 'check.number', say: { zh: '', en: '' }, flagged,
})

describe('a row of the log', () => {
  const checkpoint = { size: 6, root: 'r', at: '', signedBy: '' }
  it('is proved when it lies within the checkpoint', () => {
    expect([covered(row('a', 0), checkpoint), covered(row('a', 0, true, 6), checkpoint), covered(row('a', 0, true, null), checkpoint), covered(row('a', 0, true, -1), checkpoint), covered(row('a', 0), null)]).toEqual([true, false, false, false, false])
  })
  it('names who did it, or tells one from others by the end of the identifier', () => {
    expect([actorOf(row('01JD8Q4ZK3M5N7P9R1S3T5V7W9', 0)), actorOf({ ...row('a1', 0), actorName: '方砚' }), actorOf({ ...row('edl', 0), actorKind: 'program' })]).toEqual(['…T5V7W9', '方砚', ''])
  })
})

describe('flags close together', () => {
  it('are told with their number and span', () => {
    const rows = [row('532', 2), row('532', 4), row('532', 9), row('532', 30), row('7', 1)]
    expect(burst(rows)).toMatchObject({ actor: '532', count: 3, minutes: 7 })
  })
  it('are not made of rows without a flag, or far apart', () => {
    expect(burst([row('532', 2, false), row('532', 3, false), row('532', 4)])).toBeNull()
    expect(burst([row('532', 0), row('532', 15), row('532', 30)])).toBeNull()
  })
})

describe('the values of facts', () => {
  const meanings = { scenario: { police: '执法查验', rental: '租赁核验' }, outcome: { usable: '可以使用' } }
  it('are words where their codes have a meaning', () => {
    expect(inWords(meanings, 'outcome', 'usable')).toEqual(['可以使用'])
    expect(inWords(meanings, 'scenarios', '[police rental]')).toEqual(['执法查验', '租赁核验'])
    expect(inWords(meanings, 'scenario', 'taxi_2')).toEqual(['taxi_2'])
  })
  it('stay as they are kept elsewhere: a reason is a sentence', () => {
    expect(inWords(meanings, 'reason', 'usable, he said')).toEqual(['usable, he said'])
  })
})
