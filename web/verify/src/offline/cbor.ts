// CBOR as codes, bundles and lists are written: Core Deterministic Encoding
// (RFC 8949, 4.2.1). What has another encoding of the same content is refused,
// as are indefinite lengths, a key twice, floats, and anything after the end.

export type Bytes = Uint8Array<ArrayBuffer>
export type Item = number | string | boolean | null | Bytes | Item[] | CborMap

/** A map by its keys: integers as themselves, texts behind a quotation mark. */
export type CborMap = Map<number | string, Item>

export class BadCBOR extends Error {}

const MAX_DEPTH = 8

export class Reader {
  private at = 0
  constructor(private readonly bytes: Bytes, private readonly sorted = true) {}

  /** Takes exactly these bytes. */
  literal(...want: number[]): void {
    for (const byte of want) if (this.byte() !== byte) throw new BadCBOR('literal')
  }

  done(): void {
    if (this.at !== this.bytes.length) throw new BadCBOR('something after the end')
  }

  uint(): number {
    return this.head(0)
  }

  string(min = 0, max = Infinity): Bytes {
    const length = this.head(2)
    if (length < min || length > max) throw new BadCBOR('length')
    return this.take(length)
  }

  array(): number {
    return this.head(4)
  }

  /** Takes any item. */
  item(depth = 0): Item {
    if (depth > MAX_DEPTH) throw new BadCBOR('depth')
    const first = this.bytes[this.at]
    if (first === undefined) throw new BadCBOR('end')
    switch (first >> 5) {
      case 0: return this.head(0)
      case 1: return -1 - this.head(1)
      case 2: return this.take(this.head(2))
      case 3: return this.text(this.head(3))
      case 4: return this.items(this.head(4), depth)
      case 5: return this.pairs(this.head(5), depth)
      case 7: return this.simple()
    }
    throw new BadCBOR('tag')
  }

  private items(count: number, depth: number): Item[] {
    if (count > this.bytes.length - this.at) throw new BadCBOR('length')
    return Array.from({ length: count }, () => this.item(depth + 1))
  }

  private pairs(count: number, depth: number): CborMap {
    const map: CborMap = new Map()
    let before: Bytes | undefined
    for (let left = count; left > 0; left--) {
      const from = this.at
      const key = this.item(depth + 1)
      const encoded = this.bytes.slice(from, this.at)
      if (this.sorted && before && compare(before, encoded) >= 0) throw new BadCBOR('keys out of order')
      before = encoded
      if (typeof key !== 'number' && typeof key !== 'string') throw new BadCBOR('key')
      const name = typeof key === 'string' ? `"${key}` : key
      if (map.has(name)) throw new BadCBOR('a key twice')
      map.set(name, this.item(depth + 1))
    }
    return map
  }

  private simple(): boolean | null {
    const value = this.head(7)
    if (value === 20) return false
    if (value === 21) return true
    if (value === 22) return null
    throw new BadCBOR('simple value')
  }

  private text(length: number): string {
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.take(length))
    } catch {
      throw new BadCBOR('text')
    }
  }

  private head(major: number): number {
    const first = this.byte()
    if (first >> 5 !== major) throw new BadCBOR('type')
    const info = first & 0x1f
    if (info < 24) return info
    if (info > 27 || major === 7) throw new BadCBOR('head')
    let value = 0
    for (let left = 2 ** (info - 24); left > 0; left--) value = value * 256 + this.byte()
    const least = [24, 0x100, 0x10000, 0x100000000][info - 24]!
    if (value < least || !Number.isSafeInteger(value)) throw new BadCBOR('not the shortest head')
    return value
  }

  private take(length: number): Bytes {
    if (length > this.bytes.length - this.at) throw new BadCBOR('end')
    return this.bytes.slice(this.at, (this.at += length))
  }

  private byte(): number {
    const byte = this.bytes[this.at++]
    if (byte === undefined) throw new BadCBOR('end')
    return byte
  }
}

function compare(a: Bytes, b: Bytes): number {
  for (let i = 0; i < Math.min(a.length, b.length); i++) if (a[i] !== b[i]) return a[i]! - b[i]!
  return a.length - b.length
}

/** Reads one item that is all there is. Tokens of status lists do not sort their keys. */
export function decode(bytes: Bytes, sorted = true): Item {
  const reader = new Reader(bytes, sorted)
  const item = reader.item()
  reader.done()
  return item
}

export const same = (a: Bytes, b: Bytes): boolean => compare(a, b) === 0
export const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('')
