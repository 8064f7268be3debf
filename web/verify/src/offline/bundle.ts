// The signed bundle: whose issuer parts to believe, and what the status lists
// are. It is believed by the pinned key, or by one that the keys in between
// handed over to; its sequence never goes back.

import { BadCBOR, decode, hex, type Bytes, type CborMap, type Item } from './cbor'
import { BadSignature, importKey, keyIDOf, sha256, sign1, verify, verifyText, type Key } from './cose'

export class ForeignBundle extends Error {}
export class OldBundle extends Error {}

const MAX_BUNDLE = 1 << 20

export interface Bundle {
  issuer: string
  name: { zh: string; en: string }
  sequence: number
  issuedAt: number // seconds since 1970
  keys: Map<string, Key> // by identifier in hex
  lists: Map<string, string> // digest in hex by address
  others: { issuer: string; name: { zh: string; en: string }; keys: Map<string, Key> }[]
}

/** Reads a bundle for who pinned a key (a point) and has seen a sequence. */
export async function openBundle(raw: Bytes, pinned: Bytes, seen: number): Promise<{ bundle: Bundle; pinned: Bytes }> {
  if (raw.length > MAX_BUNDLE) throw new BadCBOR('too large')
  const signed = sign1(raw, MAX_BUNDLE)
  const keyID = hex(keyIDOf(signed.header))
  const m = map(decode(signed.payload))
  const point = (await believed(pinned, array(m.get(6)))).get(keyID)
  if (!point) throw new ForeignBundle()
  await verify(signed, await importKey(point)).catch((error: unknown) => {
    throw error instanceof BadSignature ? new ForeignBundle() : error
  })
  const bundle = await read(m)
  if (bundle.sequence < seen) throw new OldBundle()
  return { bundle, pinned: point }
}

/** The bundle keys that the pinned one leads to. The handovers are not verified
    yet, so each is believed for its own signature alone. */
async function believed(pinned: Bytes, handovers: Item[]): Promise<Map<string, Bytes>> {
  const points = new Map([[await idOf(pinned), pinned]])
  for (const item of handovers) {
    const [from, id, point, signature] = array(item, 4).map(octets) as [Bytes, Bytes, Bytes, Bytes]
    const before = points.get(hex(from))
    if (!before || hex(id) !== (await idOf(point))) continue
    const text = new Uint8Array([...new TextEncoder().encode('edl-key-handover:1\nbundle\n'), ...point])
    if (signature.length === 64 && (await verifyText(await importKey(before), signature, text))) points.set(hex(id), point)
  }
  return points
}

const idOf = async (point: Bytes): Promise<string> => hex((await sha256(point)).slice(0, 8))

async function read(m: CborMap): Promise<Bundle> {
  const [zh, en] = array(m.get(7), 2).map(string) as [string, string]
  const others = await Promise.all(array(m.get(8)).map(async (item) => {
    const [issuer, nameZH, nameEN, keys] = array(item, 4)
    return { issuer: string(issuer), name: { zh: string(nameZH), en: string(nameEN) }, keys: await readKeys(keys) }
  }))
  return {
    issuer: string(m.get(1)), name: { zh, en }, sequence: number(m.get(2)), issuedAt: number(m.get(3)), keys: await readKeys(m.get(4)),
    lists: new Map(array(m.get(5)).map((item) => {
      const [uri, digest] = array(item, 2)
      return [string(uri), hex(octets(digest))]
    })),
    others,
  }
}

async function readKeys(item: Item | undefined): Promise<Map<string, Key>> {
  const keys = new Map<string, Key>()
  for (const one of array(item)) {
    const [id, point] = array(one, 2).map(octets) as [Bytes, Bytes]
    if (hex(id) !== (await idOf(point))) throw new BadCBOR('key identifier')
    keys.set(hex(id), await importKey(point))
  }
  return keys
}

// --- status lists

const MAX_LIST = 1 << 18 // bytes: 2^20 places of two bits

/** What a list says of a place. */
export type Status = 0 | 1 | 2 | 3

export const GOOD = 0, ENDED = 1, NOT_USABLE = 2, INVALIDATED = 3

/** The places of a list's token, which must be the one that the bundle names. */
export async function openList(token: Bytes, bundle: Bundle, uri: string): Promise<Uint8Array> {
  if (bundle.lists.get(uri) !== hex(await sha256(token))) throw new ForeignBundle()
  const claims = map(decode(sign1Payload(token), false))
  const list = map(claims.get(65533))
  if (claims.get(2) !== uri || list.get('"bits') !== 2) throw new BadCBOR('list')
  return inflate(octets(list.get('"lst')), MAX_LIST)
}

/** Its signature is not asked: the bundle vouches for every byte. */
function sign1Payload(token: Bytes): Bytes {
  return sign1(token, MAX_BUNDLE).payload
}

/** zlib that is right as far as it goes, and ends before its end. */
export class Cut extends BadCBOR {}

/** Inflates zlib; what gets larger than it may be is no further looked at. */
export async function inflate(packed: Bytes, max: number): Promise<Bytes> {
  const reader = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate')).getReader()
  const out = new Uint8Array(max)
  let length = 0
  for (;;) {
    const { done, value } = await reader.read().catch(() => {
      throw length > 0 ? new Cut('cut') : new BadCBOR('no zlib')
    })
    if (done) return out.subarray(0, length)
    if (length + value.length > max) {
      void reader.cancel()
      throw new BadCBOR('too large')
    }
    out.set(value, length)
    length += value.length
  }
}

/** A place's status, or undefined where the list has no such place. */
export function statusAt(list: Uint8Array, index: number): Status | undefined {
  const byte = list[index >> 2]
  return byte === undefined ? undefined : (((byte >> ((index & 3) * 2)) & 3) as Status)
}

const fail = (): never => {
  throw new BadCBOR('bundle')
}
const map = (item: Item | undefined): CborMap => (item instanceof Map ? item : fail())
const array = (item: Item | undefined, length?: number): Item[] => (Array.isArray(item) && (length === undefined || item.length === length) ? item : fail())
const octets = (item: Item | undefined): Bytes => (item instanceof Uint8Array ? item : fail())
const string = (item: Item | undefined): string => (typeof item === 'string' ? item : fail())
const number = (item: Item | undefined): number => (typeof item === 'number' && item >= 0 ? item : fail())
