import { describe, expect, it } from 'vitest'
import { find, offer } from './reasons'

const reason = (code: string, zh = code) => ({ code, label: { zh, en: code }, say: { zh, en: code } })
const many = [...'abcdefghij'].map((c) => reason(c))

describe('the reasons', () => {
  it('seen most have the keys 1 to 7 and 其他 the 8', () => {
    const { keyed, more } = offer([...many, reason('other', '其他')])
    expect(keyed.map((k) => k.key + k.reason.code)).toEqual(['1a', '2b', '3c', '4d', '5e', '6f', '7g', '8other'])
    expect(more.map((r) => r.code)).toEqual(['h', 'i', 'j'])
  })
  it('that are few have no rest', () => expect(offer([reason('a'), reason('other')])).toMatchObject({ more: [], keyed: [{ key: '1' }, { key: '2' }] }))
  it('are found by a word in either language', () => {
    const more = [reason('hat', '戴帽子'), reason('mask', '戴口罩')]
    expect(find(more, '口罩').map((r) => r.code)).toEqual(['mask'])
    expect(find(more, ' HAT ').map((r) => r.code)).toEqual(['hat'])
    expect(find(more, '').length).toBe(2)
  })
})
