// 数据码: an issuer part alone, as a standard claim-169 QR (docs/livecode.md,
// Export). Whoever has the picture can show it, so it is data that were signed
// once and never a live code: nothing that it says is ever green.

import { ENDED, inflate, type Status } from './bundle'
import { BadCBOR, hex } from './cbor'
import { BadCode, BadKey, base45, MAX_TEXT, parsePart, verifyIssuer, type IssuerPart } from './code'
import { BadSignature } from './cose'
import { BEHIND, keyOf, MAX_AGE, type Judged, type Knows } from './judge'

const MAX_PART = 1280 // bytes
const SHORTEST = 180 // characters: no signed part is shorter

/** Whether a scanned text could be one: Base45, and zlib's first two bytes. */
export function looksLikeDataCode(text: string): boolean {
  if (text.length < SHORTEST || text.length > MAX_TEXT || !/^[0-9A-Z $%*+\-./:]+$/.test(text)) return false
  try {
    const [method, flags] = base45(text.slice(0, 3)) as unknown as [number, number]
    return method === 0x78 && ((method << 8) | flags) % 31 === 0
  } catch {
    return false
  }
}

export async function judgeDataCode(text: string, knows: Omit<Knows, 'seen'>): Promise<Judged> {
  const part = await read(text)
  if (!part) return { verdict: 'data_unread' }
  const { claims } = part
  const signer = keyOf(knows.bundle, claims.issuer, hex(part.keyID))
  if (!signer) return { verdict: 'data_foreign' }
  try {
    await verifyIssuer(part, signer.key)
  } catch (error) {
    if (error instanceof BadSignature) return { verdict: 'data_altered' }
    throw error
  }
  const genuine = { claims, authority: signer.name, age: Math.max(0, Math.max(knows.latest, knows.now) - knows.bundle.issuedAt * 1000) }
  if (knows.now < knows.latest - BEHIND) return { ...genuine, verdict: 'untrusted' }
  if (knows.now < claims.issuedAt * 1000 - BEHIND || knows.now >= claims.expires * 1000) return { ...genuine, verdict: 'data_lapsed' }
  return { ...genuine, verdict: 'data', status: believed(await knows.status(claims.listURI, claims.listIndex), genuine.age) }
}

/** What cannot be read may be damaged, or another's document: no forgery. */
async function read(text: string): Promise<IssuerPart | undefined> {
  try {
    return await parsePart(await inflate(base45(text), MAX_PART))
  } catch (error) {
    if ([BadCode, BadCBOR, BadKey, BadSignature].some((fault) => error instanceof fault)) return undefined
    throw error
  }
}

/** An ended phone stays ended; all else needs a list that is young enough. */
const believed = (status: Status | undefined, age: number): Status | undefined => (status === ENDED || age <= MAX_AGE ? status : undefined)
