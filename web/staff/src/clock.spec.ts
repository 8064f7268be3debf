import { describe, expect, it } from 'vitest'
import { addDays, brief, duration, minutes, stamp } from './clock'
import { setLanguage } from './language'

describe('a duration', () => {
  it.each([
    [9 * 3600 + 20 * 60 + 59, '9 小时 20 分', '9 h 20 min'],
    [4 * 86400 + 3600, '4 天 1 小时', '4 d 1 h'],
    [72, '1 分 12 秒', '1 min 12 s'],
    [0, '0 秒', '0 s'],
    [-5, '0 秒', '0 s'],
    [3600, '1 小时', '1 h'],
  ])('of %d s', (seconds, zh, en) => {
    setLanguage('zh')
    expect(duration(seconds * 1000)).toBe(zh)
    setLanguage('en')
    expect(duration(seconds * 1000)).toBe(en)
  })
})

it('a span at a glance is hours and minutes, then days', () => {
  setLanguage('zh')
  expect([brief((9 * 60 + 20) * 60_000), brief(59_000), brief(-1), brief(4.6 * 86_400_000)]).toEqual(['9:20', '0:00', '0:00', '4 天'])
})
it('a countdown never shows less than what is left', () => {
  expect([minutes(12 * 60_000 + 40_200), minutes(500), minutes(0), minutes(-3)]).toEqual(['12:41', '0:01', '0:00', '0:00'])
})
it('a day after crosses month and year', () => {
  expect([addDays('2021-12-31', 1), addDays('2024-02-28', 1), addDays('2021-03-01', -1)]).toEqual(['2022-01-01', '2024-02-29', '2021-02-28'])
})
it('a stamp is in the zone of the authority', () => expect(stamp('2021-09-17T18:30:00Z')).toBe('2021-09-18 02:30'))
