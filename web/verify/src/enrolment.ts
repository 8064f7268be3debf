// Enrolling this terminal: a one-time code from the relying party's staff, and
// a key made here. The key is kept before the code is spent, so that an answer
// lost on the way costs nothing: the same code with the same key is asked again.

import { idempotencyKey } from '@edl/kit/api'
import type { Enrolled } from './api-types'
import { newKeys, publicKeyOf, sign, type Device, type Pending, type Terminal } from './device'
import type { Ask } from './line'

export interface EnrolForm { code: string; name: string; place: string }

export type Missing = keyof EnrolForm

/** The fields that still want an entry. */
export const missing = (form: EnrolForm): Missing[] =>
  (['code', 'name', 'place'] as const).filter((field) => !form[field].trim())

/** A code as people paste it: blanks and invisible characters are not its. */
export const tidyCode = (code: string): string => code.replace(/[\s\u200b-\u200f\u2060\ufeff]/g, '')

export async function enrol(form: EnrolForm, { ask, device }: { ask: Ask; device: Device }): Promise<Terminal> {
  const code = tidyCode(form.code)
  const { keys, idempotencyKey } = await pendingFor(code, device)
  const name = form.name.trim()
  const enrolled = await ask<Enrolled>('/api/terminal/enrol', {
    idempotencyKey,
    body: {
      code, name, place: form.place.trim(),
      publicKey: await publicKeyOf(keys),
      signature: await sign(keys, 'edl-terminal-enrol:1', code),
    },
  })
  const terminal = { id: enrolled.terminalId, number: enrolled.number, name, party: enrolled.party, keys, ...(enrolled.bundleKey && { bundleKey: enrolled.bundleKey }) }
  await device.keepTerminal(terminal)
  await navigator.storage?.persist?.()
  return terminal
}

async function pendingFor(code: string, device: Device): Promise<Pending> {
  const kept = await device.pending()
  if (kept?.code === code) return kept
  const made = { code, keys: await newKeys(), idempotencyKey: idempotencyKey() }
  await device.keepPending(made)
  return made
}
