// What is asked of the case before a scan and stays for the next: the vehicle
// and the return date of a rental, a case's or a policy's number, an accident's time. Names
// are for one scan.

import { reactive, watch } from 'vue'
import type { CheckRequest, Scenario } from './api-types'

export interface Kept {
  vehicleClass: string
  rentalEnd: string // YYYY-MM-DD
  caseNumber: string
  policyNumber: string
  accidentAt: string // YYYY-MM-DDTHH:MM in Shanghai
}

export interface Holder { name: string; number: string }

export interface Lookup { number: string; name: string; reason: string }

const KEY = 'edl-verify-form'
const NOTHING: Kept = { vehicleClass: '', rentalEnd: '', caseNumber: '', policyNumber: '', accidentAt: '' }

/** Before a scan these must be known, where the scenario asks for them. */
const NEEDED = ['vehicleClass', 'rentalEnd', 'caseNumber', 'policyNumber', 'accidentAt'] as const
/** These belong to one case, and do not outlive the shift. */
const OF_THE_CASE = { caseNumber: '', policyNumber: '', accidentAt: '' }

export function createKept() {
  const kept = reactive<Kept>({ ...NOTHING, ...stored() })
  const holder = reactive<Holder>({ name: '', number: '' })
  const lookup = reactive<Lookup>({ number: '', name: '', reason: '' }) // until it has an answer
  watch(kept, () => localStorage.setItem(KEY, JSON.stringify({ ...kept, ...OF_THE_CASE })))

  /** The entries that a scenario still lacks; a past return date
      is none, nor a vehicle that the scenario no longer has. */
  function lacking(scenario: Scenario | undefined, today: string): (keyof Kept)[] {
    const stale = (field: keyof Kept): boolean =>
      (field === 'rentalEnd' && kept[field] < today) ||
      (field === 'vehicleClass' && !scenario!.vehicleClasses?.some((v) => v.code === kept[field]))
    return NEEDED.filter((field) => scenario?.asks.includes(field) && (!kept[field] || stale(field)))
  }

  /** The part of a request that comes from here. */
  function entries(scenario: Scenario): Partial<CheckRequest> {
    const asked: Partial<CheckRequest> = {}
    for (const field of NEEDED) if (scenario.asks.includes(field) && kept[field]) asked[field] = kept[field]
    if (asked.accidentAt) asked.accidentAt += ':00+08:00'
    if (scenario.asks.includes('holder')) {
      if (holder.name.trim()) asked.name = holder.name.trim()
      if (holder.number.trim()) asked.number = holder.number.trim()
    }
    return asked
  }

  /** After a check: the next driver is another person. */
  function nextPerson(): void {
    holder.name = holder.number = lookup.number = lookup.name = lookup.reason = ''
  }

  function clear(): void {
    nextPerson()
    Object.assign(kept, OF_THE_CASE)
  }

  return { kept, holder, lookup, lacking, entries, nextPerson, clear }
}

function stored(): Partial<Kept> {
  try {
    return JSON.parse(localStorage.getItem(KEY) ?? '{}') as Partial<Kept>
  } catch {
    return {}
  }
}

export const hasForm = (scenario: Scenario | undefined): boolean =>
  !!scenario?.asks.some((field) => field === 'holder' || (NEEDED as readonly string[]).includes(field))
