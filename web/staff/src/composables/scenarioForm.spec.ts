import { describe, expect, it } from 'vitest'
import type { Scenario } from '../api-types'
import { asksFor, badId, fieldsOf } from './scenarioForm'

const t = (zh: string) => ({ zh, en: zh })
const rental: Scenario = { id: 'rental', name: t('租赁'), enabled: true, kinds: ['rental'], ways: ['code'], asks: ['vehicleClass'], fieldIds: ['usable', 'class_covers', 'address'], fields: [t('可用'), t('车型'), t('住址')] }

describe('a scenario that is added', () => {
  it('offers what may be given, by the names there are, and no address', () => {
    expect(fieldsOf([rental]).map((f) => [f.id, f.name.zh])).toEqual([['usable', '可用'], ['class_covers', '车型']])
  })
  it('asks what its fields need, once', () => {
    expect(asksFor(['usable', 'class_covers', 'same_person', 'class_covers', 'photo'])).toEqual(['vehicleClass', 'holder'])
  })
  it('has an identifier of its own', () => {
    expect(['designated_driver', 'rental', 'X', '9a', '代驾'].map((id) => badId(id, [rental]))).toEqual([false, true, true, true, true])
  })
})
