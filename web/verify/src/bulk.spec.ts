import { describe, expect, it } from 'vitest'
import type { Scenario } from './api-types'
import { readText, share, takesFiles } from './bulk'

const name = { zh: '', en: '' }
const of = (ways: Scenario['ways'], asks: string[]): Scenario => ({ id: 'x', name, ways, asks })

describe('a file of look-ups', () => {
  it('is for scenarios that ask by number, now', () => {
    expect([of(['code', 'number'], []), of(['code'], []), of(['number'], ['accidentAt'])].map(takesFiles)).toEqual([true, false, false])
  })

  it('is read as UTF-8, or as the spreadsheet wrote it', async () => {
    expect(await readText(new Blob(['证号,姓名']))).toBe('证号,姓名')
    expect(await readText(new Blob([new Uint8Array([0xd6, 0xa4, 0xba, 0xc5])]))).toBe('证号')
  })

  it('says shares of nothing as well', () => {
    expect([share(32, 1204), share(0, 0)]).toEqual(['2.7', '0.0'])
  })
})
