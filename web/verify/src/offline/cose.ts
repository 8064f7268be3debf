// A COSE_Sign1 of ES256 (RFC 9052, 4.2), as codes, issuer parts, bundles and
// lists are; verified by the browser's own cryptography.

import { BadCBOR, Reader, same, type Bytes } from './cbor'

export class BadSignature extends Error {}

/** A key to verify with. */
export type Key = CryptoKey

export interface Sign1 { header: Bytes; payload: Bytes; signature: Bytes }

export function sign1(bytes: Bytes, maxPayload: number): Sign1 {
  const r = new Reader(bytes)
  r.literal(0xd2, 0x84)
  const header = r.string(0, 64)
  const unprotected = r.item()
  if (!(unprotected instanceof Map)) throw new BadCBOR('unprotected header')
  const payload = r.string(0, maxPayload)
  const signature = r.string(0, maxPayload)
  r.done()
  // Something said without being signed, or ASN.1 instead of r and s.
  if (unprotected.size > 0 || signature.length !== 64) throw new BadSignature()
  return { header, payload, signature }
}

/** The protected header with a key identifier: {1: -7, 4: kid}. */
export function keyIDOf(header: Bytes): Bytes {
  const r = new Reader(header)
  try {
    r.literal(0xa2, 0x01, 0x26, 0x04)
  } catch {
    throw new BadSignature()
  }
  const id = r.string(1, 32)
  r.done()
  return id
}

export const ES256_HEADER = new Uint8Array([0xa1, 0x01, 0x26])
export const isES256 = (header: Bytes): boolean => same(header, ES256_HEADER)

const curve = { name: 'ECDSA', namedCurve: 'P-256' }
const hash = { name: 'ECDSA', hash: 'SHA-256' }

/** A key from its uncompressed point; a point off the curve throws. */
export const importKey = (point: Bytes): Promise<Key> => crypto.subtle.importKey('raw', point, curve, true, ['verify'])

export async function verify(s: Sign1, key: Key): Promise<void> {
  const context = new TextEncoder().encode('Signature1')
  const signed = concat(new Uint8Array([0x84, 0x6a]), context, string(s.header), new Uint8Array([0x40]), string(s.payload))
  if (!(await crypto.subtle.verify(hash, key, s.signature, signed))) throw new BadSignature()
}

export const verifyText = (key: Key, signature: Bytes, text: Bytes): Promise<boolean> => crypto.subtle.verify(hash, key, signature, text)

export const sha256 = async (bytes: Bytes): Promise<Bytes> => new Uint8Array(await crypto.subtle.digest('SHA-256', bytes))

function string(bytes: Bytes): Bytes {
  const n = bytes.length
  const head = n < 24 ? [0x40 | n] : n < 0x100 ? [0x58, n] : n < 0x10000 ? [0x59, n >> 8, n & 0xff] : [0x5a, n >>> 24, (n >>> 16) & 0xff, (n >>> 8) & 0xff, n & 0xff]
  const out = new Uint8Array(head.length + n)
  out.set(head)
  out.set(bytes, head.length)
  return out
}

function concat(...parts: Uint8Array[]): Bytes {
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) {
    out.set(part, at)
    at += part.length
  }
  return out
}
