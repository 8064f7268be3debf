// What the authority signed for this phone, for terminals without a network:
// two issuer parts, kept beside the rest. The full one is put into a code only
// after its holder chose 向交警出示.

import { fromBase64url } from '@edl/kit/bytes'
import { cacheGet, cachePut } from '@edl/kit/keystore'
import type { Shown } from './shown'

export type Form = 'short' | 'qualification' | 'full'

/** The answer of POST /api/driver/show/parts. */
export interface Parts {
  serial: string
  qualification: string
  full: string
  expiresAt: string
}

const RENEW_AHEAD = 6 * 86_400_000 // ms: signed anew daily, so that days are left

export const keptParts = (): Promise<Parts | undefined> => cacheGet<Parts>('parts')

/** The parts to carry from now on; those there are where no better can be had. */
export async function carry(shown: Shown, kept: Parts | undefined): Promise<Parts | undefined> {
  if (shown.state !== 'usable') return kept
  if (kept?.serial === shown.serial && Date.parse(kept.expiresAt) - shown.checkedAt > RENEW_AHEAD) return kept
  const response = await fetch('/api/driver/show/parts', { method: 'POST' }).catch(() => undefined)
  if (!response?.ok) return kept
  const parts = (await response.json()) as Parts
  await cachePut('parts', parts)
  return parts
}

/** What the codes of a form are about, or nothing if this phone carries none that still holds. */
export function subject(form: Form, parts: Parts | undefined, now: number): Uint8Array<ArrayBuffer> | undefined {
  if (form === 'short' || !parts || Date.parse(parts.expiresAt) <= now) return undefined
  return fromBase64url(parts[form])
}
