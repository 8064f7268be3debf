import { expect, it } from 'vitest'
import { filters, merge } from './history'

const row = { id: 'c1', number: 'HY-1', at: '2026-10-09T22:41:00+08:00', verdict: 'not_usable' as const, word: { zh: '不能使用', en: '' }, name: '周望山', scenarioName: { zh: '执法查验', en: '' }, personMatch: false }

it('lists verdicts and scans without one together, newest first', () => {
  const list = merge([row, { ...row, id: 'c2', at: '2026-10-09T22:30:00+08:00', verdict: 'usable', personMatch: undefined }], [{ at: '2026-10-09T14:35:00Z', kind: 'expired' }])
  expect(list.map((e) => [e.id ?? e.word.zh, e.shape])).toEqual([['c1', 'stop'], ['码已过期', 'expired'], ['c2', 'usable']])
  expect(list.filter(filters.unanswered).map((e) => e.word.zh)).toEqual(['码已过期'])
  expect(list.filter(filters.mismatch).map((e) => e.id)).toEqual(['c1'])
  expect(list.filter(filters.not_usable)).toHaveLength(1)
})
