// Passkeys: the server's options, in JSON as WebAuthn Level 3 writes them,
// to the browser's own types and back.

import { fromBase64url, toBase64url } from '@edl/kit/bytes'

interface Descriptor { id: string; type: 'public-key'; transports?: string[] }
type Json<T> = Omit<T, 'challenge' | 'user' | 'excludeCredentials' | 'allowCredentials'> & {
  challenge: string
  user?: { id: string; name: string; displayName: string }
  excludeCredentials?: Descriptor[]
  allowCredentials?: Descriptor[]
}

export const passkeysWork = (): boolean => typeof PublicKeyCredential !== 'undefined'

const descriptors = (list: Descriptor[] | undefined) =>
  list?.map((d) => ({ ...d, id: fromBase64url(d.id) })) as PublicKeyCredentialDescriptor[] | undefined

const inner = <T>(options: unknown): Json<T> => {
  const given = options as { publicKey?: Json<T> } & Json<T>
  return given.publicKey ?? given
}

/** Asks the authenticator for a new passkey; the answer goes to the server as it is. */
export async function createPasskey(options: unknown): Promise<unknown> {
  const given = inner<PublicKeyCredentialCreationOptions>(options)
  const publicKey = {
    ...given,
    challenge: fromBase64url(given.challenge),
    user: { ...given.user!, id: fromBase64url(given.user!.id) },
    excludeCredentials: descriptors(given.excludeCredentials),
  } as PublicKeyCredentialCreationOptions
  const made = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
  const response = made.response as AuthenticatorAttestationResponse
  return {
    id: made.id, rawId: toBase64url(made.rawId), type: made.type,
    response: {
      clientDataJSON: toBase64url(response.clientDataJSON),
      attestationObject: toBase64url(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  }
}

/** Asks the authenticator to prove one of its passkeys. */
export async function provePasskey(options: unknown): Promise<unknown> {
  const given = inner<PublicKeyCredentialRequestOptions>(options)
  const publicKey = {
    ...given, challenge: fromBase64url(given.challenge), allowCredentials: descriptors(given.allowCredentials),
  } as PublicKeyCredentialRequestOptions
  const made = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
  const response = made.response as AuthenticatorAssertionResponse
  return {
    id: made.id, rawId: toBase64url(made.rawId), type: made.type,
    response: {
      clientDataJSON: toBase64url(response.clientDataJSON),
      authenticatorData: toBase64url(response.authenticatorData),
      signature: toBase64url(response.signature),
      userHandle: response.userHandle ? toBase64url(response.userHandle) : undefined,
    },
  }
}
