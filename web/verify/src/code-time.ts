// When a code says it was made. The server alone judges a code; this reads the
// time out of it only to explain a verdict of expired_code or clock_skew, after
// the server has checked the signature.

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
export const PREFIX = 'EDL1:'
/** No code is longer: QR version 30 at level M in alphanumeric mode. */
export const MAX_TEXT = 1994

/** Whether a scanned text could be 亮码 at all; its content is not looked at. */
export const looksLikeCode = (text: string): boolean => text.startsWith(PREFIX) && text.length <= MAX_TEXT

/** The time in a code, ms since 1970, or undefined where there is none. */
export function codeTime(text: string): number | undefined {
  if (!looksLikeCode(text)) return undefined
  try {
    const sign1 = new Items(base45(text.slice(PREFIX.length)))
    sign1.skip(2) // tag 18, array of 4
    sign1.take() // protected header
    sign1.skip(1) // empty unprotected header
    const moment = new Items(sign1.take())
    moment.skip(1) // array of 3 or 4
    moment.take() // serial, or the issuer's part
    return moment.number() * 1000
  } catch {
    return undefined
  }
}

/** The base45 of RFC 9285. */
function base45(text: string): Uint8Array {
  const bytes: number[] = []
  for (let i = 0; i < text.length; i += 3) {
    const digits = [...text.slice(i, i + 3)].map((c) => ALPHABET.indexOf(c))
    if (digits.includes(-1)) throw new RangeError('base45')
    const value = digits.reduce((sum, digit, place) => sum + digit * 45 ** place, 0)
    if (digits.length === 3) bytes.push(value >> 8)
    bytes.push(value & 0xff)
  }
  return Uint8Array.from(bytes)
}

/** CBOR items of a known shape, one after another (RFC 8949, 3). */
class Items {
  private at = 0
  constructor(private readonly bytes: Uint8Array) {}

  skip(count: number): void {
    this.at += count
  }

  number(): number {
    const info = this.byte() & 0x1f
    if (info < 24) return info
    if (info > 27) throw new RangeError('length')
    let value = 0
    for (let left = 2 ** (info - 24); left > 0; left--) value = value * 256 + this.byte()
    return value
  }

  take(): Uint8Array {
    const length = this.number()
    const bytes = this.bytes.subarray(this.at, (this.at += length))
    if (bytes.length !== length) throw new RangeError('end')
    return bytes
  }

  private byte(): number {
    const byte = this.bytes[this.at++]
    if (byte === undefined) throw new RangeError('end')
    return byte
  }
}
