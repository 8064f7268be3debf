// Passkeys: the browser speaks in ArrayBuffers, the server in base64url.

import { fromBase64url, toBase64url } from '@edl/kit/bytes'

interface Described { id: string; type: 'public-key'; transports?: AuthenticatorTransport[] }
interface CreationJSON { publicKey: { challenge: string; user: { id: string; name: string; displayName: string }; excludeCredentials?: Described[] } }
interface RequestJSON { publicKey: { challenge: string; allowCredentials?: Described[] } }

export const passkeysExist = (): boolean => typeof PublicKeyCredential !== 'undefined'

const described = (list: Described[] | undefined): PublicKeyCredentialDescriptor[] =>
  (list ?? []).map((c) => ({ ...c, id: fromBase64url(c.id) }))

/** Makes a passkey on this phone; null where the driver changed their mind. */
export async function createPasskey(options: CreationJSON): Promise<unknown> {
  const asked = options.publicKey
  const publicKey = {
    ...asked,
    challenge: fromBase64url(asked.challenge),
    user: { ...asked.user, id: fromBase64url(asked.user.id) },
    excludeCredentials: described(asked.excludeCredentials),
  } as unknown as PublicKeyCredentialCreationOptions
  const made = await unlessDeclined(navigator.credentials.create({ publicKey }))
  if (!made) return null
  const response = made.response as AuthenticatorAttestationResponse
  return {
    ...identified(made),
    response: {
      clientDataJSON: toBase64url(response.clientDataJSON),
      attestationObject: toBase64url(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  }
}

/** Signs in with a passkey; null where the driver changed their mind. */
export async function usePasskey(options: RequestJSON): Promise<unknown> {
  const asked = options.publicKey
  const publicKey = {
    ...asked,
    challenge: fromBase64url(asked.challenge),
    allowCredentials: described(asked.allowCredentials),
  } as unknown as PublicKeyCredentialRequestOptions
  const used = await unlessDeclined(navigator.credentials.get({ publicKey }))
  if (!used) return null
  const response = used.response as AuthenticatorAssertionResponse
  return {
    ...identified(used),
    response: {
      clientDataJSON: toBase64url(response.clientDataJSON),
      authenticatorData: toBase64url(response.authenticatorData),
      signature: toBase64url(response.signature),
      userHandle: response.userHandle ? toBase64url(response.userHandle) : undefined,
    },
  }
}

const identified = (c: PublicKeyCredential) => ({
  id: c.id, rawId: toBase64url(c.rawId), type: c.type, clientExtensionResults: c.getClientExtensionResults(),
})

async function unlessDeclined(asked: Promise<Credential | null>): Promise<PublicKeyCredential | null> {
  try {
    return (await asked) as PublicKeyCredential | null
  } catch (error) {
    if (error instanceof DOMException && (error.name === 'NotAllowedError' || error.name === 'AbortError')) return null
    throw error
  }
}
