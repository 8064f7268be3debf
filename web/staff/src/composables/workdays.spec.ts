import { describe, expect, it } from 'vitest'
import type { CalendarDay } from '../api-types'
import { daysOf, dueAfter, monthsOf, weekday, works } from './workdays'

const off = (name: string, ...dates: string[]): CalendarDay[] => dates.map((date) => ({ date, work: false, name: { zh: name, en: name }, source: 'published' }))
const on = (...dates: string[]): CalendarDay[] => dates.map((date) => ({ date, work: true, source: 'published' }))
// The State Council's notice for 2021.
const days2021 = daysOf([
  ...off('元旦', '2021-01-01', '2021-01-02', '2021-01-03'),
  ...off('春节', '2021-02-11', '2021-02-12', '2021-02-13', '2021-02-14', '2021-02-15', '2021-02-16', '2021-02-17'),
  ...off('清明', '2021-04-03', '2021-04-04', '2021-04-05'),
  ...off('劳动节', '2021-05-01', '2021-05-02', '2021-05-03', '2021-05-04', '2021-05-05'),
  ...off('端午', '2021-06-12', '2021-06-13', '2021-06-14'),
  ...off('中秋', '2021-09-19', '2021-09-20', '2021-09-21'),
  ...off('国庆', '2021-10-01', '2021-10-02', '2021-10-03', '2021-10-04', '2021-10-05', '2021-10-06', '2021-10-07'),
  ...on('2021-02-07', '2021-02-20', '2021-04-25', '2021-05-08', '2021-09-18', '2021-09-26', '2021-10-09'),
])

describe('the promise', () => {
  it.each([
    ['2021-09-17', '2021-09-18'],
    ['2021-09-18', '2021-09-22'],
    ['2021-09-30', '2021-10-08'],
    ['2021-10-08', '2021-10-09'],
    ['2021-10-09', '2021-10-11'],
  ])('of what is submitted on %s ends with %s', (submitted, due) =>
    expect(dueAfter(submitted, days2021, '2021-12-31')).toEqual({ date: due, known: true }))
  it('is only an estimate past the known calendar', () => {
    expect(dueAfter('2021-12-31', days2021, '2021-12-31')).toEqual({ date: '2022-01-03', known: false })
  })
})

describe('the year', () => {
  const months = monthsOf(2021, days2021, '2021-12-31')
  it('has the working days that the notice leaves', () => {
    expect(months.reduce((sum, m) => sum + m.workdays, 0)).toBe(250)
    expect([months[8]!.workdays, months[9]!.workdays]).toEqual([22, 17])
  })
  it('begins each month on its weekday', () => {
    expect(weekday('2021-09-18')).toBe(5)
    expect(months[8]!.weeks[0]!.map((c) => c?.day ?? 0)).toEqual([0, 0, 1, 2, 3, 4, 5])
    expect(months.every((m) => m.weeks.every((w) => w.length === 7))).toBe(true)
  })
  it('marks rest and work that the weekday would not tell', () => {
    const marks = months[8]!.weeks.flat().filter((c) => c?.mark).map((c) => [c!.day, c!.mark])
    expect(marks).toEqual([[18, 'on'], [19, 'off'], [20, 'off'], [21, 'off'], [26, 'on']])
  })
  it('follows a day entered by hand', () => {
    const entered = daysOf([{ date: '2021-12-13', work: false, source: 'entered' }])
    expect(works('2021-12-13', entered)).toBe(false)
    expect(monthsOf(2021, entered, '2021-12-31')[11]!.weeks.flat().find((c) => c?.day === 13)).toMatchObject({ mark: 'off', entered: true })
  })
})
