// A pair of keys for a party's system, made in this browser. The private key
// is shown once and goes nowhere: the server gets the public one alone.

const pem = (label: string, der: ArrayBuffer): string => {
  const text = btoa(String.fromCharCode(...new Uint8Array(der)))
  return [`-----BEGIN ${label}-----`, ...text.match(/.{1,64}/g)!, `-----END ${label}-----`, ''].join('\n')
}

/** A pair for P-256, which every browser makes; in PEM. */
export async function makePair(): Promise<{ publicKey: string; privateKey: string }> {
  const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify'])
  return {
    publicKey: pem('PUBLIC KEY', await crypto.subtle.exportKey('spki', pair.publicKey)),
    privateKey: pem('PRIVATE KEY', await crypto.subtle.exportKey('pkcs8', pair.privateKey)),
  }
}
