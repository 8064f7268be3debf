// The device key's life: made before enrolment, kept only once the server has
// accepted it, so that a failed try never costs the driver a working key.

import { toBase64url } from '@edl/kit/bytes'
import { cacheDelete, cacheGet, cachePut, deviceKey, dropDeviceKey, keepDeviceKey, newDeviceKey } from '@edl/kit/keystore'

const DIGEST = { name: 'ECDSA', hash: 'SHA-256' }

export interface Enrolment { publicKey: string; name: string; signature: string }

const signed = async (pair: CryptoKeyPair, lines: string[]): Promise<string> =>
  toBase64url(await crypto.subtle.sign(DIGEST, pair.privateKey, new TextEncoder().encode(lines.join('\n'))))

/** A fresh key and what the server needs to enrol it. */
export async function prepareEnrolment(challenge: string): Promise<{ pair: CryptoKeyPair; device: Enrolment }> {
  const pair = await newDeviceKey()
  const publicKey = toBase64url(await crypto.subtle.exportKey('raw', pair.publicKey))
  const signature = await signed(pair, ['edl-device-enrol:1', location.origin, challenge])
  return { pair, device: { publicKey, name: deviceName(navigator.userAgent), signature } }
}

/** Keeps the accepted key and asks the browser not to evict it. */
export async function keepEnrolment(pair: CryptoKeyPair, deviceId: string): Promise<void> {
  await keepDeviceKey(pair)
  await cachePut('device', { id: deviceId })
  localStorage.setItem('edl-bound', '1')
  await navigator.storage?.persist?.().catch(() => false)
}

/** The signature that proves to a session that this phone holds the device's key. */
export async function proveDevice(challenge: string): Promise<{ deviceId: string; signature: string } | null> {
  const pair = await deviceKey()
  const device = await cacheGet<{ id: string }>('device')
  if (!pair || !device) return null
  return { deviceId: device.id, signature: await signed(pair, ['edl-device-proof:1', location.origin, challenge]) }
}

/** The signature that consents to a request: it names the request and each field. */
export async function signConsent(token: string, fields: string[]): Promise<string | null> {
  const pair = await deviceKey()
  return pair ? signed(pair, ['edl-consent:1', location.origin, token, fields.join(',')]) : null
}

export const holdsKey = async (): Promise<boolean> => (await deviceKey()) !== undefined

/** Whether this browser once held a key, though it may be gone now. */
export const wasBound = (): boolean => localStorage.getItem('edl-bound') === '1'

export async function forgetDevice(): Promise<void> {
  await dropDeviceKey()
  await cacheDelete('device')
}

/** A name the driver recognises in the list of phones. */
export function deviceName(agent: string): string {
  const model = /Android [\d.]+; ([^;)]+)/.exec(agent)?.[1]?.replace(/ Build.*$/, '').trim()
  if (model && model !== 'K') return model
  if (/iPhone/.test(agent)) return 'iPhone'
  if (/iPad/.test(agent)) return 'iPad'
  if (/Android/.test(agent)) return 'Android'
  if (/Mac OS X/.test(agent)) return 'Mac'
  if (/Windows/.test(agent)) return 'Windows'
  return 'Linux'
}
