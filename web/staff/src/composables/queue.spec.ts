import { describe, expect, it } from 'vitest'
import type { QueueItem } from '../api-types'
import { neighbour, queueGroups, queueOrder } from './queue'

const item = (number: string, date: string, more: Partial<QueueItem> = {}): QueueItem => ({
  id: number, number, name: '顾青', kind: 'first', route: 'album', title: { zh: '', en: '' }, overdue: false,
  due: { at: `${date}T24:00:00+08:00`.replace('T24:00:00', 'T23:59:59'), date, known: true, say: { zh: '', en: '' } },
  remaining: { zh: '', en: '' }, appeal: false, barred: false, ...more,
})
const order = (items: QueueItem[]) => queueOrder(items).map((i) => i.number)

describe('the review queue', () => {
  const items = [
    item('0009', '2021-09-22'),
    item('0391', '2021-09-18'),
    item('0388', '2021-09-16', { overdue: true }),
    item('0003', '2021-09-22'),
    item('0377', '2021-09-15', { overdue: true }),
  ]
  it('puts what is late on top, the latest first, then each day in turn', () => {
    expect(queueGroups(items).map((g) => [g.id, g.items.map((i) => i.number)])).toEqual([
      ['overdue', ['0377', '0388']],
      ['2021-09-18', ['0391']],
      ['2021-09-22', ['0003', '0009']],
    ])
  })
  it('puts a late one on top even if another day comes before it', () => {
    expect(order([item('1', '2021-09-18'), item('2', '2021-09-20', { overdue: true })])).toEqual(['2', '1'])
  })
  it('leaves the given list as it was', () => {
    order(items)
    expect(items[0]!.number).toBe('0009')
  })
  it('is empty without cases', () => expect(queueGroups([])).toEqual([]))
})

describe('the neighbour of the open case', () => {
  const items = [item('1', '2021-09-18'), item('2', '2021-09-18', { claimedBy: '1024' }), item('3', '2021-09-18'), item('4', '2021-09-19')]
  const free = (me: string) => (i: QueueItem) => !i.claimedBy || i.claimedBy === me
  it('passes over what another reviewer holds', () => {
    expect(neighbour(items, '1', 1, free('2048'))?.number).toBe('3')
    expect(neighbour(items, '3', -1, free('2048'))?.number).toBe('1')
    expect(neighbour(items, '1', 1, free('1024'))?.number).toBe('2')
  })
  it('ends at both ends', () => {
    expect(neighbour(items, '4', 1, free('2048'))).toBeUndefined()
    expect(neighbour(items, '1', -1, free('2048'))).toBeUndefined()
  })
  it('begins at the first when nothing is open', () => expect(neighbour(items, undefined, 1, free('2048'))?.number).toBe('1'))
})
