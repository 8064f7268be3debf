// What a terminal without a network may say of a code. Green takes a genuine
// code, a clock to be trusted, and a list that is young enough; a wrong clock is
// never called a forgery, and what is not known is never called usable.

import { ENDED, GOOD, INVALIDATED, NOT_USABLE, type Bundle, type Status } from './bundle'
import { BadCBOR, hex } from './cbor'
import { BadCode, BadKey, parse, TooLarge, verifyDevice, verifyIssuer, type Claims, type Code } from './code'
import { BadSignature } from './cose'

export type Verdict =
  | 'usable' | 'not_usable' | 'invalidated' | 'ended' // what the list says
  | 'unknown' // genuine, and the list is too old or there is none
  | 'forged' | 'expired' | 'stale' | 'clock' | 'replayed'
  | 'short' // nothing in it to be checked without a network
  | 'unknown_issuer' // signed by a key that this terminal does not know
  | 'untrusted' // this terminal's own clock is behind
  | 'data' | 'data_lapsed' | 'data_altered' | 'data_unread' | 'data_cut' | 'data_foreign' // of 数据码, which is no live code
  | 'data_closed' // 数据码 at a terminal that may not read it, or has no bundle

export interface Judged {
  verdict: Verdict
  claims?: Claims // of a code whose signatures are right
  authority?: { zh: string; en: string } // that signed it
  code?: Code
  age?: number // ms since the bundle was signed
  status?: Status // of 数据码, where a list that is young enough says it
}

/** What the issuing authority said of its own code, asked by our server. */
export interface Foreign {
  authority: { zh: string; en: string }
  verdict: 'usable' | 'not_usable' | 'no_verdict' | 'unreachable' | 'refused'
  word: { zh: string; en: string }
  line: { zh: string; en: string }
  causes: { zh: string; en: string }[]
  code?: string
  issuer: string
  number?: string // of the check, which the issuing authority keeps
  receiptUrl?: string // where that authority confirms its receipt
}

/** How old a bundle may be for its lists to be believed. */
export const MAX_AGE = 24 * 3600_000
/** A clock this far behind the latest time that was seen is not believed. */
export const BEHIND = 60_000
/** The window round the terminal's time, as the server has it. */
const OLD = 60_000, AHEAD = 30_000, SKEW = 300_000

export interface Knows {
  bundle: Bundle
  /** The status of a place, or undefined where no list says. */
  status(uri: string, index: number): Promise<Status | undefined>
  seen(digest: string): Promise<boolean>
  now: number // ms, by the terminal's clock
  latest: number // ms: the latest trusted time that was seen
}

export async function judge(text: string, knows: Knows): Promise<Judged> {
  let code: Code
  try {
    code = await parse(text)
  } catch (error) {
    if (isForgery(error)) return { verdict: 'forged' }
    throw error
  }
  if (!code.issuer) return { verdict: 'short', code }
  const part = code.issuer
  const signer = keyOf(knows.bundle, part.claims.issuer, hex(part.keyID))
  if (!signer) return { verdict: 'unknown_issuer', code }
  try {
    await verifyIssuer(part, signer.key)
    await verifyDevice(code, part.claims.holder)
  } catch (error) {
    if (isForgery(error)) return { verdict: 'forged' }
    throw error
  }
  const genuine = { claims: part.claims, authority: signer.name, code, age: Math.max(0, Math.max(knows.latest, knows.now) - knows.bundle.issuedAt * 1000) }
  if (knows.now < knows.latest - BEHIND) return { ...genuine, verdict: 'untrusted' }
  const verdict = inTime(code, part.claims, knows.now)
  if (verdict) return { ...genuine, verdict }
  if (await knows.seen(hex(code.digest))) return { ...genuine, verdict: 'replayed' }
  return { ...genuine, verdict: said(await knows.status(part.claims.listURI, part.claims.listIndex), genuine.age) }
}

const isForgery = (error: unknown): boolean =>
  [BadCode, BadCBOR, BadKey, BadSignature, TooLarge].some((fault) => error instanceof fault)

/** The key of an authority; one's own, or another's on the trust list. A key
    of one never speaks for another. */
export function keyOf(bundle: Bundle, issuer: string, keyID: string): { key: CryptoKey; name: { zh: string; en: string } } | undefined {
  const authority = [bundle, ...bundle.others].find((a) => a.issuer === issuer)
  const key = authority?.keys.get(keyID)
  return key && { key, name: authority!.name }
}

function inTime(code: Code, claims: Claims, now: number): Verdict | undefined {
  if (now < claims.issuedAt * 1000 - AHEAD || now >= claims.expires * 1000) return 'stale'
  const age = now - code.time * 1000
  if (age < -AHEAD || age > SKEW) return 'clock'
  return age > OLD ? 'expired' : undefined
}

/** An ended phone stays ended; all else needs a list that is young enough. */
function said(status: Status | undefined, age: number): Verdict {
  if (status === ENDED) return 'ended'
  if (status === undefined || age > MAX_AGE) return 'unknown'
  return ({ [GOOD]: 'usable', [NOT_USABLE]: 'not_usable', [INVALIDATED]: 'invalidated' } as const)[status]
}
