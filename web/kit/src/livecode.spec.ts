import { describe, expect, it } from 'vitest'
import published from '../../../livecode/testdata/vectors.json'
import { base45, makeCode, payload, text, toBeSigned } from './livecode'

interface Vectors {
  deviceKey: { x: string; y: string }
  codes: {
    name: string; serial: string; issuerPart?: string; time: number; nonce: string; challenge?: string
    payload: string; toBeSigned: string; signature: string; text: string
  }[]
  issuerParts: { name: string; bytes: string }[]
}

const vectors = published satisfies Vectors as Vectors
const bytes = (hex: string): Uint8Array<ArrayBuffer> => Uint8Array.from(hex.match(/../g) ?? [], (pair) => parseInt(pair, 16))
const hex = (raw: Uint8Array): string => [...raw].map((b) => b.toString(16).padStart(2, '0')).join('')
const ES256 = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }
const publicKey = (): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', bytes('04' + vectors.deviceKey.x + vectors.deviceKey.y), ES256, false, ['verify'])

describe('the published vectors', () => {
  it.each(vectors.codes)('$name: the same bytes as the server reads', async (v) => {
    const subject = v.issuerPart ? vectors.issuerParts.find((p) => p.name === v.issuerPart)!.bytes : v.serial
    const made = payload(bytes(subject), { time: v.time, nonce: bytes(v.nonce), challenge: v.challenge ? bytes(v.challenge) : undefined })
    expect(hex(made)).toBe(v.payload)
    expect(hex(toBeSigned(made))).toBe(v.toBeSigned)
    expect(text(made, bytes(v.signature))).toBe(v.text)
    expect(await crypto.subtle.verify(ES256, await publicKey(), bytes(v.signature), toBeSigned(made))).toBe(true)
  })
})

describe('a code made here', () => {
  it('fits a QR of version 6 at M, and of version 8 with a challenge', async () => {
    const { privateKey } = await crypto.subtle.generateKey(ES256, false, ['sign'])
    const serial = new Uint8Array(8)
    expect((await makeCode(privateKey, serial, 1_791_513_128)).length).toBe(154)
    expect((await makeCode(privateKey, serial, 1_791_513_128, new Uint8Array(32))).length).toBeLessThanOrEqual(221)
  })

  it('differs from the next of the same second', async () => {
    const { privateKey } = await crypto.subtle.generateKey(ES256, false, ['sign'])
    const make = (): Promise<string> => makeCode(privateKey, new Uint8Array(8), 1_791_513_128)
    expect(await make()).not.toBe(await make())
  })
})

describe('base45', () => {
  it.each([['AB', 'BB8'], ['Hello!!', '%69 VD92EX0'], ['base-45', 'UJCLQE7W581'], ['ietf!', 'QED8WEX0'], ['', '']])('%s is %s, as RFC 9285 says', (raw, want) => {
    expect(base45(new TextEncoder().encode(raw))).toBe(want)
  })
})
