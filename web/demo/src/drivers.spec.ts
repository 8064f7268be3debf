import { expect, it } from 'vitest'
import type { Driver } from './api-types'
import { grouped } from './drivers'

const driver = (key: string, name: string): Driver => ({ key, name, phone: '13000000001', documentType: 'A', number: '000000199001010018', fileNumber: '000000000001', say: { zh: '超分', en: '12 points' } })
const all = [driver('status:B', '甲'), driver('route:onfile', '乙'), driver('status:D', '丙')]

it('groups drivers by the first part of their case, in the order given', () => {
  expect(grouped(all, '').map((g) => [g.name, g.drivers.map((d) => d.name)])).toEqual([['status', ['甲', '丙']], ['route', ['乙']]])
})

it('finds by case, name or sentence, all words together', () => {
  expect(grouped(all, 'STATUS:d').map((g) => g.drivers.map((d) => d.name))).toEqual([['丙']])
  expect(grouped(all, '超分 乙')).toHaveLength(1)
  expect(grouped(all, 'nobody')).toEqual([])
})
