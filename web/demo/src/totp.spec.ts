import { describe, expect, it } from 'vitest'
import { base32, secondsLeft, totp } from './totp'

const SECRET = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ' // "12345678901234567890", RFC 6238 appendix B

describe('one-time digits', () => {
  it.each([[59, '287082'], [1111111109, '081804'], [1234567890, '005924'], [20000000000, '353130']])('at %i s are those of RFC 6238', async (seconds, digits) => {
    expect(await totp(SECRET, seconds * 1000)).toBe(digits)
  })

  it('take a secret with blanks and small letters, and refuse what is none', () => {
    expect([...base32('gezd gnbv')]).toEqual([...new TextEncoder().encode('12345')])
    expect(() => base32('GEZ1')).toThrow(RangeError)
  })

  it('hold until the next half minute', () => expect([secondsLeft(0), secondsLeft(29_500), secondsLeft(30_000)]).toEqual([30, 1, 30]))
})
