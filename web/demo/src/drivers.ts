// Finding a driver of the demonstration by case, name or number.

import type { Driver } from './api-types'

export interface Group { name: string; drivers: Driver[] }

/** The part of a case key before its colon groups the list. */
const groupOf = (driver: Driver): string => driver.key.split(':')[0]!

export function grouped(drivers: Driver[], wanted: string): Group[] {
  const words = wanted.trim().toLowerCase().split(/\s+/)
  const groups = new Map<string, Driver[]>()
  for (const driver of drivers) {
    const text = [driver.key, driver.name, driver.phone, driver.number, driver.fileNumber, driver.say.zh, driver.say.en].join(' ').toLowerCase()
    if (!words.every((word) => text.includes(word))) continue
    const name = groupOf(driver)
    if (!groups.has(name)) groups.set(name, [])
    groups.get(name)!.push(driver)
  }
  return [...groups].map(([name, list]) => ({ name, drivers: list }))
}
