import { describe, expect, it } from 'vitest'
import { originOf, withOrigin } from './shrink'

const plain = Uint8Array.of(0xff, 0xd8, 0xff, 0xdb, 0, 3, 1, 0xff, 0xda, 0, 2)

describe('what a photo says of where it is from', () => {
  it.each([
    ['day and program', { taken: '2026:10:01 09:12:00', software: 'Adobe Photoshop 22.5' }],
    ['the day alone', { taken: '2026:10:01 09:12:00' }],
    ['a program of two letters', { software: 'vs' }],
    ['nothing', {}],
  ])('goes along and is read again: %s', (_, origin) => {
    const file = withOrigin(plain, origin)
    expect(originOf(file)).toEqual(origin)
    expect([...file.subarray(0, 2)]).toEqual([0xff, 0xd8])
    expect([...file.subarray(-9)]).toEqual([...plain.subarray(2)])
  })

  it('a file in the other order of bytes is read too', () => {
    const day = '2026:10:01 09:12:00\0'
    const tiff = [0x49, 0x49, 42, 0, 8, 0, 0, 0, 1, 0, 0x32, 1, 2, 0, 20, 0, 0, 0, 26, 0, 0, 0, 0, 0, 0, 0, ...[...day].map((c) => c.charCodeAt(0))]
    const file = Uint8Array.from([0xff, 0xd8, 0xff, 0xe1, 0, tiff.length + 8, 0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff, 0xff, 0xda])
    expect(originOf(file)).toEqual({ taken: '2026:10:01 09:12:00' })
  })

  it('a file cut at any byte says nothing or the same, and never fails', () => {
    const file = withOrigin(plain, { taken: '2026:10:01 09:12:00', software: 'GIMP 2.10' })
    for (let n = 0; n < file.length; n++) expect(() => originOf(file.slice(0, n))).not.toThrow()
    expect(originOf(new Uint8Array())).toEqual({})
  })
})
