// A scanned code, taken apart as docs/livecode.md says. Nothing in it is to be
// believed before `verifyIssuer` and `verifyDevice`.

import { BadCBOR, decode, Reader, type Bytes, type CborMap, type Item } from './cbor'
import { BadSignature, importKey, isES256, keyIDOf, sha256, sign1, verify, type Key, type Sign1 } from './cose'

export const PREFIX = 'EDL1:'
/** QR version 30 at M. */
export const MAX_TEXT = 1994

export class BadCode extends Error {}
export class TooLarge extends Error {}
export class BadKey extends Error {}

export interface Claims {
  issuer: string
  expires: number // seconds since 1970
  issuedAt: number
  serial: Bytes
  holder: Key
  listURI: string
  listIndex: number
  name: string
  face: Bytes // WebP
  classes: { code: string; since: number }[] // YYYYMMDD
  validFrom: number
  validUntil?: number // absent: 长期
  // The full set alone:
  number?: string
  birthDate?: string
  sex?: number
  nationality?: string
  firstIssue?: number
  authority?: string
  letters?: string
  points?: number
  probation?: number
}

export interface IssuerPart { keyID: Bytes; claims: Claims; signed: Sign1 }

export interface Code {
  serial: Bytes
  issuer?: IssuerPart // absent in the short form
  time: number // seconds since 1970, by the phone's clock
  challenge?: Bytes
  digest: Bytes
  signed: Sign1
}

export async function parse(text: string): Promise<Code> {
  if (text.length > MAX_TEXT) throw new TooLarge()
  if (!text.startsWith(PREFIX)) throw new BadCode()
  const signed = sign1(base45(text.slice(PREFIX.length)), MAX_TEXT)
  if (!isES256(signed.header)) notES256(signed.header)
  const r = new Reader(signed.payload)
  const elements = r.array()
  const subject = r.string(8, 1280)
  const time = r.uint()
  r.string(8, 8)
  const challenge = elements === 4 ? r.string(16, 32) : undefined
  r.done()
  if (elements < 3 || elements > 4 || time > 0xffffffff) throw new BadCBOR('payload')
  const digest = await sha256(signed.payload)
  if (subject.length === 8) return { serial: subject, time, challenge, digest, signed }
  const issuer = await parsePart(subject)
  return { serial: issuer.claims.serial, issuer, time, challenge, digest, signed }
}

/** A header other than the one allowed: no CBOR, or another algorithm. */
function notES256(header: Bytes): never {
  if (header.length > 0) decode(header)
  throw new BadSignature()
}

export async function parsePart(bytes: Bytes): Promise<IssuerPart> {
  if (bytes.length < 128 || bytes.length > 1280) throw new BadCBOR('issuer part')
  const signed = sign1(bytes, MAX_TEXT)
  if (signed.header.length > 0) decode(signed.header)
  const keyID = keyIDOf(signed.header)
  return { keyID, claims: await readClaims(signed.payload), signed }
}

export const verifyIssuer = (part: IssuerPart, key: Key): Promise<void> => verify(part.signed, key)
export const verifyDevice = (code: Code, key: Key): Promise<void> => verify(code.signed, key)

// --- claims

const bad = (what: string): never => {
  throw new BadCBOR(what)
}
const uint = (item: Item | undefined): number => (typeof item === 'number' && item >= 0 ? item : bad('number'))
const text = (item: Item | undefined, optional = false): string =>
  typeof item === 'string' && (optional || item !== '') && new TextEncoder().encode(item).length <= 255 ? item : bad('text')
const bytes = (item: Item | undefined, min: number, max = min): Bytes =>
  item instanceof Uint8Array && item.length >= min && item.length <= max ? item : bad('bytes')
const map = (item: Item | undefined): CborMap => (item instanceof Map ? item : bad('map'))
const optional = <T>(item: Item | undefined, read: (item: Item) => T): T | undefined => (item === undefined ? undefined : read(item))

/** A day as YYYYMMDD that is one of the calendar. */
function day(item: Item | undefined): number {
  const n = uint(item)
  const [y, m, d] = [Math.floor(n / 10000), Math.floor(n / 100) % 100, n % 100]
  const date = new Date(Date.UTC(y, m - 1, d))
  if (y < 1900 || y > 9999 || date.getUTCMonth() !== m - 1 || date.getUTCDate() !== d) bad('day')
  return n
}

function birthDay(item: Item): string {
  const s = text(item)
  if (!/^\d{8}$/.test(s)) bad('birth date')
  day(Number(s))
  return s
}

async function readClaims(payload: Bytes): Promise<Claims> {
  const c = map(decode(payload))
  const identity = map(c.get(169))
  const licence = map(c.get(-70001))
  const list = map(map(c.get(65535)).get('"status_list'))
  const classes = licence.get(1)
  if (!Array.isArray(classes) || classes.length < 1 || classes.length > 17) return bad('classes')
  if (identity.get(17) !== 4) return bad('face format')
  const claims: Omit<Claims, 'holder'> = {
    issuer: text(c.get(1)), expires: uint(c.get(4)), issuedAt: uint(c.get(6)), serial: bytes(c.get(7), 8),
    listURI: text(list.get('"uri')), listIndex: uint(list.get('"idx')),
    name: text(identity.get(4)), face: bytes(identity.get(16), 1, 520),
    classes: classes.map(readClass), validFrom: day(licence.get(2)), validUntil: optional(licence.get(3), day),
    number: optional(identity.get(1), text), birthDate: optional(identity.get(8), birthDay), sex: optional(identity.get(9), uint),
    nationality: optional(identity.get(13), text), firstIssue: optional(licence.get(4), day), authority: optional(licence.get(5), text),
    letters: optional(licence.get(6), text), points: optional(licence.get(7), uint), probation: optional(licence.get(10), day),
  }
  if (claims.issuedAt >= claims.expires || claims.expires > 0xffffffff) bad('times')
  return { ...claims, holder: await holder(map(map(c.get(8)).get(1))) }
}

function readClass(item: Item): { code: string; since: number } {
  if (!Array.isArray(item) || item.length !== 2) return bad('class')
  const code = text(item[0])
  if ([...code].length > 2) bad('class')
  return { code, since: day(item[1]) }
}

async function holder(key: CborMap): Promise<Key> {
  const [x, y] = [key.get(-2), key.get(-3)]
  if (key.get(1) !== 2 || key.get(-1) !== 1 || !(x instanceof Uint8Array) || !(y instanceof Uint8Array) || x.length !== 32 || y.length !== 32) throw new BadKey()
  return importKey(new Uint8Array([4, ...x, ...y])).catch(() => {
    throw new BadKey()
  })
}

// --- Base45 (RFC 9285); spaces are data

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'

export function base45(text: string): Bytes {
  if (text.length % 3 === 1) throw new BadCode()
  const out: number[] = []
  for (let i = 0; i < text.length; i += 3) {
    let value = 0
    const digits = Math.min(3, text.length - i)
    for (let d = digits - 1; d >= 0; d--) {
      const digit = ALPHABET.indexOf(text[i + d]!)
      if (digit < 0) throw new BadCode()
      value = value * 45 + digit
    }
    if (value > (digits === 3 ? 0xffff : 0xff)) throw new BadCode()
    if (digits === 3) out.push(value >> 8)
    out.push(value & 0xff)
  }
  return Uint8Array.from(out)
}
