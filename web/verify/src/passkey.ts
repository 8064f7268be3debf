// Passkeys: the server's options in JSON become the browser's call, and the
// credential goes back as JSON (WebAuthn Level 3, 5.1.8 and 5.1.9).

import { Problem } from '@edl/kit/api'

interface Wrapped<T> { publicKey: T }

/** Whether this browser can do passkeys at all. */
export const passkeysWork = (): boolean =>
  typeof PublicKeyCredential !== 'undefined' && 'parseRequestOptionsFromJSON' in PublicKeyCredential

export async function getPasskey(options: unknown): Promise<unknown> {
  const { publicKey } = options as Wrapped<PublicKeyCredentialRequestOptionsJSON>
  return finish(() => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) }))
}

export async function makePasskey(options: unknown): Promise<unknown> {
  const { publicKey } = options as Wrapped<PublicKeyCredentialCreationOptionsJSON>
  return finish(() => navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) }))
}

async function finish(ask: () => Promise<Credential | null>): Promise<unknown> {
  try {
    const credential = (await ask()) as PublicKeyCredential | null
    if (credential) return credential.toJSON()
  } catch (error) {
    if (!(error instanceof DOMException)) throw error
  }
  // The browser tells a page no more than that: cancelled, timed out, or none there.
  throw new Problem(400, 'passkey.cancelled', {
    zh: '没有用上通行密钥：已取消，或这台设备上没有。请改用 PIN。',
    en: 'No passkey was used: it was cancelled, or there is none on this device. Use the PIN.',
  })
}
