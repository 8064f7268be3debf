import { expect, test } from 'vitest'
import { clock, clockSeconds, dayOf, longDay, shortDay, span, stamp, when } from './dates'

const now = Date.parse('2026-10-09T10:32:08+08:00')

test.each([
  ['the law’s clock is Shanghai’s, whatever offset the text carries', clock('2026-10-09T02:32:08Z'), '10:32'],
  ['seconds have two digits', clockSeconds('2026-10-09T09:05:03+08:00'), '09:05:03'],
  ['the generation time is printed to the second', stamp('2026-10-09T10:32:01+08:00'), '2026-10-09 10:32:01'],
  ['a day begins at midnight in Shanghai, not in London', dayOf('2026-10-08T16:00:00Z'), '2026-10-09'],
  ['a day of this year is short', shortDay('2026-12-28', 'zh', now), '12月28日'],
  ['a day of another year says the year', shortDay('2027-01-04', 'zh', now), '2027年1月4日'],
  ['a long day in English', longDay('2026-12-28', 'en'), '28 Dec 2026'],
  ['today is called today', when('2026-10-09T10:32:00+08:00', 'zh', now), '今天 10:32'],
  ['one minute before midnight was yesterday', when('2026-10-08T23:59:00+08:00', 'zh', now), '昨天 23:59'],
  ['earlier days say the day', when('2026-09-27T21:06:00+08:00', 'en', now), '27 Sep 21:06'],
  ['a span of days and hours', span(37 * 3600_000, 'zh'), '1 天 13 小时'],
  ['a span below an hour says minutes', span(12 * 60_000, 'en'), '12 min'],
  ['a span never says nothing', span(20, 'zh'), '1 分钟'],
])('%s', (_, got, want) => expect(got).toBe(want))
