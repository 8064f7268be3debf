import { describe, expect, it } from 'vitest'
import type { Version } from '../api-types'
import { extent, labelRows, links, segments, versionsKnown } from './twoTimes'

const at = (day: string, time = '00:00') => Date.parse(`${day}T${time}:00+08:00`)
const version = (id: string, letters: string, holdsFrom: string, learnedAt: string): Version => ({
  id, letters, holdsFrom: `${holdsFrom}T00:00:00+08:00`, learnedAt: `${learnedAt}T02:10:00+08:00`, source: { zh: '', en: '' }, changes: [],
})
// The suspension of 5 August was learned on the 24th.
const history = [
  version('1', 'A', '2021-03-08', '2021-03-08'),
  version('2', 'B', '2021-06-03', '2021-06-03'),
  version('3', 'A', '2021-07-12', '2021-07-13'),
  version('4', 'D', '2021-08-05', '2021-08-24'),
  version('5', 'A', '2021-09-05', '2021-09-06'),
]
const lane = (known: number) => segments(history, known, at('2021-06-01'), at('2021-09-17')).map((s) => s.letters)

describe('the upper lane', () => {
  it('shows what is known today, in its place', () => expect(lane(at('2021-09-17'))).toEqual(['A', 'B', 'A', 'D', 'A']))
  it('shows no suspension on the day nobody knew of it', () => expect(lane(at('2021-08-23'))).toEqual(['A', 'B', 'A']))
  it('begins and ends within the view', () => {
    const pieces = segments(history, at('2021-09-17'), at('2021-08-10'), at('2021-09-10'))
    expect(pieces.map((p) => [p.letters, p.from, p.to])).toEqual([
      ['D', at('2021-08-10'), at('2021-09-05')],
      ['A', at('2021-09-05'), at('2021-09-10')],
    ])
  })
  it('draws a change of something else as one stretch', () => {
    const same = [...history, version('6', 'A', '2021-09-10', '2021-09-10')]
    expect(segments(same, at('2021-09-17'), at('2021-09-01'), at('2021-09-17')).map((s) => s.letters)).toEqual(['D', 'A'])
  })
  it('takes the later learned of two for the same moment', () => {
    const twice = [version('1', 'D', '2021-08-05', '2021-08-05'), version('2', 'A', '2021-08-05', '2021-08-20')]
    expect(versionsKnown(twice, at('2021-08-10')).map((v) => v.id)).toEqual(['1'])
    expect(versionsKnown(twice, at('2021-09-10')).map((v) => v.id)).toEqual(['2'])
  })
  it('is empty before the first record', () => expect(segments(history, at('2021-01-01'), at('2020-06-01'), at('2021-01-01'))).toEqual([]))
})

describe('the lines between the lanes', () => {
  it('name the days of a late one, and no nightly feed', () => {
    expect(links(history, at('2021-06-01'), at('2021-09-17')).map((l) => [l.id, l.lateDays, l.late])).toEqual([
      ['2', 0, false], ['3', 1, false], ['4', 19, true], ['5', 1, false],
    ])
  })
})

it('the first record is late for nobody, however old the fact', () => {
  const imported = [version('1', 'A', '2011-03-08', '2021-09-01'), version('2', 'B', '2021-09-02', '2021-09-10')]
  expect(links(imported, at('2021-01-01'), at('2021-09-17')).map((l) => [l.id, l.late, l.first])).toEqual([['1', false, true], ['2', true, false]])
})

describe('labels', () => {
  it('that would touch go to the next row, or nowhere', () => {
    expect(labelRows([{ x: 0, width: 80 }, { x: 60, width: 80 }, { x: 70, width: 80 }, { x: 200, width: 80 }], 2)).toEqual([0, 1, -1, 0])
  })
})

describe('the view', () => {
  it('of all begins before the first version and ends after today', () => {
    const [from, to] = extent(history, 'all', at('2021-09-17'))
    expect(from).toBeLessThan(at('2021-03-08'))
    expect(to).toBeGreaterThan(at('2021-09-17'))
  })
  it('of a licence without versions is still a stretch of time', () => {
    const [from, to] = extent([], 'all', at('2021-09-17'))
    expect(to - from).toBeGreaterThan(0)
  })
})
