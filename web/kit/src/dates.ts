// Times as people here read them. The law's clock is Asia/Shanghai (UTC+8, no
// summer time since 1991), wherever the phone is.

import type { Language } from './i18n'

const EAST = 8 * 3600_000 // ms
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export interface Wall { year: number; month: number; day: number; hour: number; minute: number; second: number }

/** The wall clock in Shanghai at an instant: RFC 3339 text or ms since 1970. */
export function wall(at: string | number): Wall {
  const date = new Date((typeof at === 'number' ? at : Date.parse(at)) + EAST)
  return {
    year: date.getUTCFullYear(), month: date.getUTCMonth() + 1, day: date.getUTCDate(),
    hour: date.getUTCHours(), minute: date.getUTCMinutes(), second: date.getUTCSeconds(),
  }
}

const two = (n: number): string => String(n).padStart(2, '0')

/** 10:32 */
export function clock(at: string | number): string {
  const t = wall(at)
  return `${two(t.hour)}:${two(t.minute)}`
}

/** 10:32:08 */
export function clockSeconds(at: string | number): string {
  const t = wall(at)
  return `${two(t.hour)}:${two(t.minute)}:${two(t.second)}`
}

/** 2026-10-09 10:32:01, as the licence prints it. */
export function stamp(at: string | number): string {
  const t = wall(at)
  return `${t.year}-${two(t.month)}-${two(t.day)} ${clockSeconds(at)}`
}

/** A day as YYYY-MM-DD in Shanghai. */
export function dayOf(at: string | number): string {
  const t = wall(at)
  return `${t.year}-${two(t.month)}-${two(t.day)}`
}

const parts = (day: string): [number, number, number] => {
  const [year = 0, month = 0, date = 0] = day.slice(0, 10).split('-').map(Number)
  return [year, month, date]
}

/** 2026年10月9日 / 9 Oct 2026, of a day YYYY-MM-DD. */
export function longDay(day: string, language: Language): string {
  const [year, month, date] = parts(day)
  return language === 'zh' ? `${year}年${month}月${date}日` : `${date} ${MONTHS[month - 1]} ${year}`
}

/** 10月9日 / 9 Oct, with the year where it is not this one. */
export function shortDay(day: string, language: Language, now: number): string {
  const [year, month, date] = parts(day)
  if (year !== wall(now).year) return longDay(day, language)
  return language === 'zh' ? `${month}月${date}日` : `${date} ${MONTHS[month - 1]}`
}

/** 今天 10:32, 昨天 21:06, 9月27日 21:06 */
export function when(at: string, language: Language, now: number): string {
  const day = dayOf(at)
  const zh = language === 'zh'
  if (day === dayOf(now)) return `${zh ? '今天' : 'today'} ${clock(at)}`
  if (day === dayOf(now - 86_400_000)) return `${zh ? '昨天' : 'yesterday'} ${clock(at)}`
  return `${shortDay(day, language, now)} ${clock(at)}`
}

/** 1 天 13 小时 / 1 d 13 h; minutes below an hour; never less than a minute. */
export function span(ms: number, language: Language): string {
  const minutes = Math.max(1, Math.floor(Math.abs(ms) / 60_000))
  const days = Math.floor(minutes / 1440)
  const hours = Math.floor((minutes % 1440) / 60)
  const zh = language === 'zh'
  const said: string[] = []
  if (days) said.push(zh ? `${days} 天` : `${days} d`)
  if (hours) said.push(zh ? `${hours} 小时` : `${hours} h`)
  if (!said.length) said.push(zh ? `${minutes} 分钟` : `${minutes} min`)
  return said.join(' ')
}
