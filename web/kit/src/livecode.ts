// 亮码 as the phone makes it: docs/livecode.md gives the bytes, and the specs
// compare them with livecode/testdata/vectors.json.

type Bytes = Uint8Array<ArrayBuffer>

const PREFIX = 'EDL1:'
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

/** Base45 of RFC 9285. Spaces are data. */
export function base45(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 2) {
    const pair = i + 1 < bytes.length
    const value = pair ? (bytes[i]! << 8) | bytes[i + 1]! : bytes[i]!
    text += ALPHABET[value % 45]! + ALPHABET[Math.floor(value / 45) % 45]! + (pair ? ALPHABET[Math.floor(value / 2025)]! : '')
  }
  return text
}

const BYTES = 2, ARRAY = 4 // CBOR's major types; 0 is an unsigned integer

/** An item's head in its shortest form. Values of codes stay below 2^32. */
function head(major: number, value: number): number[] {
  const first = major << 5
  if (value < 24) return [first | value]
  if (value < 0x100) return [first | 24, value]
  if (value < 0x10000) return [first | 25, value >> 8, value & 0xff]
  return [first | 26, value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff]
}

const string = (bytes: Uint8Array): number[] => [...head(BYTES, bytes.length), ...bytes]

const HEADER = [0x43, 0xa1, 0x01, 0x26] // << {1: -7} >>, ES256

/** When, and for whom, a code is shown. */
export interface Moment {
  time: number // seconds since 1970
  nonce: Uint8Array // 8 random bytes
  challenge?: Uint8Array // 16 to 32 bytes the verifier chose
}

/** [serial of the device's credential or issuer part, time, nonce, ? challenge] */
export function payload(subject: Uint8Array, { time, nonce, challenge }: Moment): Bytes {
  return new Uint8Array([
    ...head(ARRAY, challenge ? 4 : 3), ...string(subject), ...head(0, time), ...string(nonce), ...(challenge ? string(challenge) : []),
  ])
}

/** The Sig_structure of COSE over a payload. */
export function toBeSigned(payload: Uint8Array): Bytes {
  const context = [...'Signature1'].map((c) => c.charCodeAt(0))
  return new Uint8Array([0x84, 0x6a, ...context, ...HEADER, 0x40, ...string(payload)])
}

/** The code's text: a COSE_Sign1 in Base45. */
export function text(payload: Uint8Array, signature: Uint8Array): string {
  return PREFIX + base45(new Uint8Array([0xd2, 0x84, ...HEADER, 0xa0, ...string(payload), ...string(signature)]))
}

/** Makes one code with the device's key. */
export async function makeCode(key: CryptoKey, subject: Uint8Array, time: number, challenge?: Uint8Array): Promise<string> {
  const signed = payload(subject, { time, nonce: crypto.getRandomValues(new Uint8Array(8)), challenge })
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, key, toBeSigned(signed))
  return text(signed, new Uint8Array(signature))
}
