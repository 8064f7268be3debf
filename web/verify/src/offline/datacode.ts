// 数据码: an issuer part alone, as a standard claim-169 QR (docs/livecode.md,
// Export). Whoever has the picture can show it, so it is data that were signed
// once and never a live code: nothing that it says is ever green.

import { Cut, ENDED, inflate, type Status } from './bundle'
import { BadCBOR, hex } from './cbor'
import { BadCode, BadKey, base45, MAX_TEXT, parsePart, verifyIssuer, type IssuerPart } from './code'
import { BadSignature } from './cose'
import { BEHIND, keyOf, MAX_AGE, type Judged, type Knows } from './judge'

const MAX_PART = 1280 // bytes
const SHORTEST = 180 // characters: no signed part is shorter
const PIECE = 12 // characters from which a text that begins as one is called a piece of one

/** How each begins: zlib's first two bytes, at its four levels, in Base45. */
export const OPENINGS = ['NCF', '6BF', 'Y9F', 'V7F']

/** Whether a text that was typed or pasted begins as one; it may be a piece. */
export const beginsAsDataCode = (text: string): boolean =>
  text.length >= PIECE && text.length <= MAX_TEXT && OPENINGS.includes(text.slice(0, 3)) && /^[0-9A-Z $%*+\-./:]+$/.test(text)

/** Whether a scanned text could be one: a camera gives no pieces. */
export const looksLikeDataCode = (text: string): boolean => text.length >= SHORTEST && beginsAsDataCode(text)

export async function judgeDataCode(text: string, knows: Omit<Knows, 'seen'>): Promise<Judged> {
  const part = await read(text)
  if (typeof part === 'string') return { verdict: part }
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

/** What cannot be read may be a piece, damaged, or another's document: no forgery. */
async function read(text: string): Promise<IssuerPart | 'data_cut' | 'data_unread'> {
  if (text.length < SHORTEST || endsWithinAGroup(text)) return 'data_cut'
  try {
    return await parsePart(await inflate(base45(text), MAX_PART))
  } catch (error) {
    if (error instanceof Cut) return 'data_cut'
    if ([BadCode, BadCBOR, BadKey, BadSignature].some((fault) => error instanceof fault)) return 'data_unread'
    throw error
  }
}

/** Base45 writes three characters for two bytes, and two for a last one. */
function endsWithinAGroup(text: string): boolean {
  const last = text.slice(text.length - (text.length % 3))
  try {
    base45(last)
    return false
  } catch {
    return true
  }
}

/** An ended phone stays ended; all else needs a list that is young enough. */
const believed = (status: Status | undefined, age: number): Status | undefined => (status === ENDED || age <= MAX_AGE ? status : undefined)
