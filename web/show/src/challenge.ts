// A verifier's challenge reaches the phone in the address, `#c=<base64url>`.

import { fromBase64url } from '@edl/kit/bytes'

/** The challenge of an address's hash, if there is a well-formed one. */
export function challengeOf(hash: string): Uint8Array | undefined {
  const text = /^#c=([\w-]{22,43})$/.exec(hash)?.[1]
  if (!text || text.length % 4 === 1) return undefined
  return fromBase64url(text)
}
