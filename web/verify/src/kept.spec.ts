import { beforeEach, describe, expect, it } from 'vitest'
import { nextTick } from 'vue'
import type { Scenario } from './api-types'
import { createKept, hasForm } from './kept'

const name = { zh: '', en: '' }
const rental: Scenario = { id: 'rental', name, ways: ['code'], asks: ['vehicleClass', 'rentalEnd', 'holder'], vehicleClasses: [{ code: 'C2', name }] }
const police: Scenario = { id: 'police', name, ways: ['code', 'number'], asks: ['reason'] }

describe('what is asked of the case', () => {
  beforeEach(() => localStorage.clear())

  it('must be complete before a scan, and a return date must not be past', () => {
    const { kept, lacking } = createKept()
    expect(lacking(rental, '2026-10-09')).toEqual(['vehicleClass', 'rentalEnd'])
    kept.vehicleClass = 'C2'
    kept.rentalEnd = '2026-10-09'
    expect(lacking(rental, '2026-10-09')).toEqual([])
    expect(lacking(rental, '2026-10-10')).toEqual(['rentalEnd'])
    kept.vehicleClass = 'B1'
    expect(lacking(rental, '2026-10-09')).toEqual(['vehicleClass'])
    expect(lacking(police, '2026-10-10')).toEqual([])
  })

  it('keeps vehicle and date for the next scan and the next day, the person for this one alone', async () => {
    const first = createKept()
    Object.assign(first.kept, { vehicleClass: 'C2', rentalEnd: '2026-10-16', caseNumber: 'AJ-1' })
    Object.assign(first.holder, { name: ' 沈知夏 ', number: '280249' })
    expect(first.entries(rental)).toEqual({ vehicleClass: 'C2', rentalEnd: '2026-10-16', name: '沈知夏', number: '280249' })
    first.nextPerson()
    expect(first.entries(rental)).toEqual({ vehicleClass: 'C2', rentalEnd: '2026-10-16' })
    await nextTick()
    expect({ ...createKept().kept }).toEqual({ vehicleClass: 'C2', rentalEnd: '2026-10-16', caseNumber: '', policyNumber: '', accidentAt: '' })
  })

  it('says an accident’s time with its zone', () => {
    const { kept, entries } = createKept()
    kept.accidentAt = '2026-09-01T08:30'
    expect(entries({ id: 'claim', name, ways: ['number'], asks: ['caseNumber', 'accidentAt'] })).toEqual({ accidentAt: '2026-09-01T08:30:00+08:00' })
  })

  it('sends nothing that the scenario does not ask', () => {
    const { kept, entries } = createKept()
    kept.vehicleClass = 'C2'
    expect(entries(police)).toEqual({})
    expect([hasForm(rental), hasForm(police), hasForm(undefined)]).toEqual([true, false, false])
  })
})
