// Times in the words of the console, beside those of the kit: everything is
// shown in the authority's time zone, whatever the machine is set to.

import { serverNow } from '@edl/kit/clock'
import { clock, dayOf, shortDay, when } from '@edl/kit/dates'
import { language } from './language'

export const today = (): string => dayOf(serverNow())

/** 2021-09-18 10:32, the same in both languages: columns must line up. */
export const stamp = (at: string | null | undefined): string => (at ? `${dayOf(at)} ${clock(at)}` : '—')

/** 今天 10:32, 昨天 21:06, 9月27日 21:06 */
export const moment = (at: string | null | undefined): string => (at ? when(at, language.value, serverNow()) : '—')

/** 9月18日 / 18 Sep, of an instant in ms. */
export const monthDay = (at: number): string => shortDay(dayOf(at), language.value, at)

const UNITS: [size: number, zh: string, en: string][] = [[86400, '天', 'd'], [3600, '小时', 'h'], [60, '分', 'min'], [1, '秒', 's']]

/** How long, in words, to the two largest units: 9 小时 20 分. */
export function duration(ms: number): string {
  let rest = Math.max(0, Math.round(ms / 1000))
  const said: string[] = []
  for (const [size, zh, en] of UNITS) {
    const n = Math.floor(rest / size)
    rest -= n * size
    if (n > 0 || (size === 1 && !said.length)) said.push(`${n} ${language.value === 'zh' ? zh : en}`)
  }
  return said.slice(0, 2).join(' ')
}

/** How long at a glance: 14:40 within a day, 4 天 beyond. */
export function brief(ms: number): string {
  const all = Math.max(0, Math.floor(ms / 60_000))
  if (all >= 1440) return `${Math.floor(all / 1440)} ${language.value === 'zh' ? '天' : 'd'}`
  return `${Math.floor(all / 60)}:${String(all % 60).padStart(2, '0')}`
}

/** 12:41, for countdowns. */
export function minutes(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}

/** The day n days after a YYYY-MM-DD. */
export const addDays = (date: string, n: number): string =>
  new Date(Date.parse(`${date}T00:00:00Z`) + n * 86_400_000).toISOString().slice(0, 10)

export const midnight = (date: string): number => Date.parse(`${date}T00:00:00+08:00`)
