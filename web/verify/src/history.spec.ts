import { expect, it } from 'vitest'
import { filters, merge } from './history'

const row = { id: 'c1', number: 'HY-1', at: '2026-10-09T22:41:00+08:00', verdict: 'not_usable' as const, word: { zh: '不能使用', en: '' }, name: '周望山', scenarioName: { zh: '执法查验', en: '' }, personMatch: false }

it('lists verdicts and scans without one together, newest first', () => {
  const list = merge({ checks: [row, { ...row, id: 'c2', at: '2026-10-09T22:30:00+08:00', verdict: 'usable', personMatch: undefined }], foreign: [] }, [{ at: '2026-10-09T14:35:00Z', kind: 'expired' }])
  expect(list.map((e) => [e.id ?? e.word.zh, e.shape])).toEqual([['c1', 'stop'], ['码已过期', 'expired'], ['c2', 'usable']])
  expect(list.filter(filters.unanswered).map((e) => e.word.zh)).toEqual(['码已过期'])
  expect(list.filter(filters.mismatch).map((e) => e.id)).toEqual(['c1'])
  expect(list.filter(filters.not_usable)).toHaveLength(1)
})

it('lists checks that another authority keeps, and those that got no answer as that', () => {
  const authority = { zh: '邻市支队', en: '' }
  const of = (id: string, minute: string, verdict: 'usable' | 'unreachable' | 'refused', zh: string) => ({ id, at: `2026-10-09T22:${minute}:00+08:00`, authority, verdict, word: { zh, en: '' } })
  const list = merge({ checks: [row], foreign: [
    { ...of('f1', '50', 'usable', '可用'), number: 'LS-261009-000004', receiptUrl: 'https://issuer.example/verify/#/receipt/LS-261009-000004?k=k', personMatch: false },
    of('f2', '45', 'unreachable', '真实，状态未知'), of('f3', '30', 'refused', '码不能用'),
  ] }, [])
  expect(list.map((e) => [e.key, e.tone, e.number])).toEqual([['f1', 'usable', 'LS-261009-000004'], ['f2', 'warn', undefined], ['c1', 'stop', undefined], ['f3', 'again', undefined]])
  expect([list[0]!.receipt, list[0]!.id, list[0]!.name]).toEqual(['https://issuer.example/verify/#/receipt/LS-261009-000004?k=k', undefined, undefined])
  expect(list.filter(filters.unanswered).map((e) => e.key)).toEqual(['f2', 'f3'])
  expect(list.filter(filters.mismatch).map((e) => e.key)).toEqual(['f1', 'c1'])
})
