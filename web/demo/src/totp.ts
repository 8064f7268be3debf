// The six digits of an authenticator (RFC 6238 with SHA-1, 30 s), so that a
// visitor need not set one up.

const STEP = 30_000 // ms
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'

/** The base32 of RFC 4648, without padding, blanks allowed. */
export function base32(text: string): Uint8Array<ArrayBuffer> {
  let bits = 0
  let value = 0
  const bytes: number[] = []
  for (const c of text.toUpperCase().replace(/[\s=]/g, '')) {
    const five = ALPHABET.indexOf(c)
    if (five < 0) throw new RangeError(`base32: ${c}`)
    value = (value << 5) | five
    bits += 5
    if (bits >= 8) bytes.push((value >> (bits -= 8)) & 0xff)
    value &= (1 << bits) - 1
  }
  return Uint8Array.from(bytes)
}

export async function totp(secret: string, now: number): Promise<string> {
  const key = await crypto.subtle.importKey('raw', base32(secret), { name: 'HMAC', hash: 'SHA-1' }, false, ['sign'])
  const counter = new DataView(new ArrayBuffer(8))
  counter.setBigUint64(0, BigInt(Math.floor(now / STEP)))
  const mac = new DataView(await crypto.subtle.sign('HMAC', key, counter.buffer))
  const offset = mac.getUint8(19) & 0xf
  return String((mac.getUint32(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0')
}

/** Seconds for which the present digits still hold. */
export const secondsLeft = (now: number): number => Math.ceil((STEP - (now % STEP)) / 1000)
