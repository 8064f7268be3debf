// What the mdoc peers ask their user to bring: digests, signatures, ECDH and
// certificates. All of it is Node's own, so that the figures are the peers'.
import { createHash, createHmac, createPrivateKey, createPublicKey, diffieHellman, hkdfSync, randomBytes, sign, verify, X509Certificate } from 'node:crypto'

const hash = (name) => name.toLowerCase().replace('-', '')
const ec = (jwk) => ({ kty: 'EC', crv: jwk.crv ?? 'P-256', x: jwk.x, y: jwk.y, ...(jwk.d ? { d: jwk.d } : {}) })
const b64 = (b) => Buffer.from(b).toString('base64url')

export const signRaw = (jwk, bytes) =>
  new Uint8Array(sign('sha256', bytes, { key: createPrivateKey({ key: ec(jwk), format: 'jwk' }), dsaEncoding: 'ieee-p1363' }))
export const verifyRaw = (jwk, bytes, signature) =>
  verify('sha256', bytes, { key: createPublicKey({ key: ec(jwk), format: 'jwk' }), dsaEncoding: 'ieee-p1363' }, signature)

export function digest({ digestAlgorithm, bytes }) {
  return new Uint8Array(createHash(hash(digestAlgorithm)).update(bytes).digest())
}
export const random = (n) => new Uint8Array(randomBytes(n))

// macKey derives EMacKey from raw keys: the private scalar and the other's point.
export function macKey(privateKey, publicKey, transcript, info = 'EMacKey') {
  const own = createPublicKey({ key: Buffer.concat([Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'), publicKey]), format: 'der', type: 'spki' })
  const der = Buffer.concat([Buffer.from('30310201010420', 'hex'), privateKey, Buffer.from('a00a06082a8648ce3d030107', 'hex')])
  const shared = diffieHellman({ privateKey: createPrivateKey({ key: der, format: 'der', type: 'sec1' }), publicKey: own })
  const salt = createHash('sha256').update(transcript).digest()
  return Buffer.from(hkdfSync('sha256', shared, salt, Buffer.from(info), 32))
}
export const hmac = (key, bytes) => new Uint8Array(createHmac('sha256', key).update(bytes).digest())

const pem = (der) => `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64').replace(/.{64}/g, '$&\n')}\n-----END CERTIFICATE-----\n`
export const certificate = (der) => new X509Certificate(der)
export const publicJwk = (der) => certificate(der).publicKey.export({ format: 'jwk' })

export function verifyChain({ trustedCertificates, x5chain, now = new Date() }) {
  const [leaf] = x5chain.map(certificate)
  const root = trustedCertificates.map(certificate).find((r) => leaf.checkIssued(r) && leaf.verify(r.publicKey))
  if (!root) throw new Error('no trusted root signed the certificate')
  for (const c of [leaf, root]) {
    if (now < new Date(c.validFrom) || now > new Date(c.validTo)) throw new Error('a certificate is out of its time')
  }
}
export function nameField(der, field) {
  return certificate(der).issuer.split('\n').filter((line) => line.startsWith(field + '=')).map((line) => line.slice(field.length + 1))
}
export function certificateData(der) {
  const c = certificate(der)
  return { issuerName: c.issuer, subjectName: c.subject, serialNumber: c.serialNumber, thumbprint: c.fingerprint256,
    notBefore: new Date(c.validFrom), notAfter: new Date(c.validTo), pem: pem(der) }
}
export { b64 }
