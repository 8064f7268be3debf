import { describe, expect, it } from 'vitest'
import { bands, everyNth, linear, monthStarts, percent, ticks } from './scale'

describe('a linear scale', () => {
  it('maps the ends and the middle, downwards too', () => {
    const y = linear([0, 100], [172, 12])
    expect([y(0), y(50), y(100)]).toEqual([172, 92, 12])
  })
  it('stays at the start when there is nothing to spread', () => expect(linear([5, 5], [10, 20])(5)).toBe(10))
})

describe('ticks', () => {
  it.each([
    [310, [0, 100, 200, 300, 400]],
    [61, [0, 20, 40, 60, 80]],
    [4, [0, 1, 2, 3, 4]],
    [1, [0, 1]],
    [0, [0, 1]],
    [8204, [0, 5000, 10000]],
  ])('up to %d', (max, wanted) => expect(ticks(max)).toEqual(wanted))
  it('are whole: there is no half of a case', () => {
    for (let max = 1; max < 200; max++) expect(ticks(max).every(Number.isInteger), String(max)).toBe(true)
  })
  it('cover the largest value', () => {
    for (const max of [1, 7, 19, 99, 100, 101, 12345]) expect(ticks(max).at(-1)!, String(max)).toBeGreaterThanOrEqual(max)
  })
})

describe('bands', () => {
  it('share the width and keep their gaps', () => {
    expect(bands(2, [0, 100], 0.2)).toEqual([{ x: 5, width: 40, middle: 25 }, { x: 55, width: 40, middle: 75 }])
    expect(bands(0, [0, 100])).toEqual([])
  })
})

it('labels are thinned from the last one back', () => {
  const shown = everyNth(31, 8)
  expect(Array.from({ length: 31 }, (_, i) => i).filter(shown)).toEqual([2, 6, 10, 14, 18, 22, 26, 30])
})

it('months start in the zone of the authority', () => {
  expect(monthStarts(Date.parse('2021-03-31T16:00:00Z'), Date.parse('2021-06-15T00:00:00Z'))).toEqual(['2021-04-01', '2021-05-01', '2021-06-01'])
  expect(monthStarts(Date.parse('2011-01-01T00:00:00Z'), Date.parse('2021-06-15T00:00:00Z')).length).toBeLessThanOrEqual(12)
})

it('a share is never rounded to all or to none', () => {
  expect([percent(1440, 1457), percent(9999, 10000), percent(1, 10000), percent(3, 3), percent(0, 3), percent(0, 0)]).toEqual(['98.8%', '99.9%', '0.1%', '100%', '0%', '—'])
})
