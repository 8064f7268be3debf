// Working days of a year, as the calendar page draws them and as the promise
// counts them: one working day ends with the next working day after the day
// of submission.

import type { CalendarDay } from '../api-types'
import { addDays } from '../clock'

export interface Cell { date: string; day: number; weekend: boolean; work: boolean; mark: 'off' | 'on' | null; name: CalendarDay['name']; entered: boolean; known: boolean }
export interface Month { month: number; weeks: (Cell | null)[][]; workdays: number }

/** 0 Monday … 6 Sunday. */
export const weekday = (date: string): number => (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7
const isWeekend = (date: string): boolean => weekday(date) >= 5

export type Days = ReadonlyMap<string, CalendarDay>
export const daysOf = (days: readonly CalendarDay[]): Days => new Map(days.map((d) => [d.date, d]))

export const works = (date: string, days: Days): boolean => days.get(date)?.work ?? !isWeekend(date)

/** The day at whose end an application of `date` must be decided, and whether the calendar is known that far. */
export function dueAfter(date: string, days: Days, knownThrough: string): { date: string; known: boolean } {
  let next = addDays(date, 1)
  for (let i = 0; i < 60 && !works(next, days); i++) next = addDays(next, 1)
  return { date: next, known: next <= knownThrough }
}

function cell(date: string, days: Days, knownThrough: string): Cell {
  const entry = days.get(date)
  const weekend = isWeekend(date)
  const work = works(date, days)
  const holiday = entry !== undefined && !work && (!weekend || !!entry.name)
  return {
    date, day: Number(date.slice(8)), weekend, work, name: entry?.name, entered: entry?.source === 'entered',
    mark: holiday ? 'off' : weekend && work ? 'on' : null, known: date <= knownThrough,
  }
}

/** The twelve months, each in weeks from Monday to Sunday. */
export function monthsOf(year: number, days: Days, knownThrough: string): Month[] {
  return Array.from({ length: 12 }, (_, i) => {
    const first = `${year}-${String(i + 1).padStart(2, '0')}-01`
    const cells: (Cell | null)[] = new Array<null>(weekday(first)).fill(null)
    for (let date = first; date.startsWith(first.slice(0, 7)); date = addDays(date, 1)) cells.push(cell(date, days, knownThrough))
    while (cells.length % 7) cells.push(null)
    const weeks = Array.from({ length: cells.length / 7 }, (_, w) => cells.slice(w * 7, w * 7 + 7))
    return { month: i + 1, weeks, workdays: cells.filter((c) => c?.work).length }
  })
}
