import { describe, expect, it } from 'vitest'
import { pictureSize } from './picture-size'

const bytes = (hex: string): Uint8Array => Uint8Array.from(hex.replace(/\s/g, '').match(/../g)!.map((b) => parseInt(b, 16)))

describe('the size that a header promises', () => {
  it.each([
    ['PNG', '89504e470d0a1a0a 0000000d 49484452 0000ea60 0000ea60', { width: 60_000, height: 60_000 }],
    ['GIF', '474946383961 4001 f000', { width: 320, height: 240 }],
    ['JPEG, after an application segment', 'ffd8 ffe0 0004 0000 ffc2 0011 08 02f4 0208 03', { width: 520, height: 756 }],
    ['WebP, extended', '52494646 00000000 57454250 56503858 0a000000 00000000 0f2700 1f4e00', { width: 10_000, height: 20_000 }],
    ['WebP, lossless', '52494646 00000000 57454250 5650384c 00000000 2f 3fc13b00', { width: 320, height: 240 }],
    ['WebP, lossy', '52494646 00000000 57454250 56503820 00000000 000000 9d012a 4001 f000', { width: 320, height: 240 }],
  ])('is read from %s', (_, hex, size) => expect(pictureSize(bytes(hex))).toEqual(size))

  it('is none where the header ends early or is unknown', () => {
    for (const hex of ['', 'ff', 'ffd8ffe0', '89504e470d0a', '25504446 2d312e37 00000000']) expect(pictureSize(hex ? bytes(hex) : new Uint8Array())).toBeUndefined()
  })
})
