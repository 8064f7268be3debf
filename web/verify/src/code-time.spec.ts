import { describe, expect, it } from 'vitest'
import { codeTime, looksLikeCode } from './code-time'

/** [serial, 1791556868, nonce] signed by nobody: only its time is read here. */
const CODE = 'EDL1:RRQXO8O608CKK43Y49:*0:*0:*0I+0LMDH:VJ99ZVT-N14%537A568:AFARMZ$TU$4-8C7PJI-QRZ1%694NGF*N+4VZ461LDC$KN8SW23/IA9ZHK6PT00+G76XEH4M.ET$E43VBE2JPIQYC10T8 2'

describe('the time in a code', () => {
  it('is read', () => expect(codeTime(CODE)).toBe(1791556868_000))

  it('is none where the text ends early or is something else', () => {
    for (let end = 5; end < 50; end++) expect(codeTime(CODE.slice(0, end))).toBeUndefined()
    expect(codeTime('EDL1:')).toBeUndefined()
    expect(codeTime('EDL1:ab~')).toBeUndefined()
    expect(codeTime('https://example.org')).toBeUndefined()
  })

  it('is looked for in our codes alone', () => {
    expect(looksLikeCode(CODE)).toBe(true)
    expect(looksLikeCode('edl1:' + CODE.slice(5))).toBe(false)
    expect(looksLikeCode(CODE + 'A'.repeat(2000))).toBe(false)
  })
})
