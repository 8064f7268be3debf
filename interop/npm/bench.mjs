// How often a second the npm peers issue and verify the same licence, 30
// elements with a portrait of 20 KB, and a credential of 33 claims. Prints a
// line of JSON each: the median of calls in turns.
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { b64, signRaw, verifyRaw } from './context.mjs'
import { peers } from './peers.mjs'
import { file, json, version } from './result.mjs'

async function rate(f) {
  for (let i = 0; i < 20; i++) await f() // warm
  const times = []
  for (const end = performance.now() + 4000; performance.now() < end || times.length < 20;) {
    const start = performance.now()
    await f()
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  return 1000 / times[times.length >> 1]
}
const print = (peer, deed, persecond) => console.log(JSON.stringify({ peer, version: version(peer), deed, persecond }))

const large = file('large.bin')
for (const name of ['@animo-id/mdoc', '@auth0/mdl', '@owf/mdoc']) {
  print(name, 'mdoc issue', await rate(() => peers[name].issue()))
  print(name, 'mdoc verify', await rate(() => peers[name].verify(large)))
}

// The chain of the issuer's certificate is verified in each call, as ours is.
const root = new X509Certificate(file('root.pem'))
const hasher = (data, alg) => new Uint8Array(createHash(alg.replace('-', '')).update(typeof data === 'string' ? data : Buffer.from(data)).digest())
const issuerKey = json('signer.jwk'), holder = json('holder.jwk')
const sd = new SDJwtVcInstance({ hasher, hashAlg: 'sha-256', saltGenerator: (n) => randomBytes(n).toString('base64url'), signAlg: 'ES256', kbSignAlg: 'ES256',
  signer: async (data) => b64(signRaw(issuerKey, Buffer.from(data))),
  verifier: async (data, signature) => {
    const leaf = new X509Certificate(Buffer.from(JSON.parse(Buffer.from(data.split('.')[0], 'base64url')).x5c[0], 'base64'))
    if (!leaf.checkIssued(root) || !leaf.verify(root.publicKey)) return false
    return verifyRaw(leaf.publicKey.export({ format: 'jwk' }), Buffer.from(data), Buffer.from(signature, 'base64url'))
  },
  kbSigner: async (data) => b64(signRaw(holder, Buffer.from(data))),
  kbVerifier: async (data, signature, payload) => verifyRaw(payload.cnf.jwk, Buffer.from(data), Buffer.from(signature, 'base64url')) })
const names = ['family_name', 'given_name', 'birth_date', 'document_number', 'issuing_authority', ...'abcdefghijklmnopqrstu']
const claims = { iss: 'https://authority.example', vct: 'urn:example:licence', iat: Math.floor(Date.now() / 1000), exp: Math.floor(Date.now() / 1000) + 86400,
  cnf: { jwk: { kty: holder.kty, crv: holder.crv, x: holder.x, y: holder.y } }, issuing_country: 'CN',
  ...Object.fromEntries(names.map((n) => [n, `value of ${n}`])), address: { city: '测试市', street: '测试路1号' }, classes: ['C1', 'D'] }
const frame = { _sd: [...names, 'address'], address: { _sd: ['city', 'street'] }, classes: { _sd: [0, 1] } }
const header = { header: { x5c: [file('signer.der').toString('base64')] } }
print('@sd-jwt/sd-jwt-vc', 'SD-JWT VC issue', await rate(() => sd.issue(claims, frame, header)))
const issued = await sd.issue(claims, frame, header)
const all = { ...Object.fromEntries(names.map((n) => [n, true])), address: { city: true, street: true }, classes: { 0: true, 1: true } }
const shown = await sd.present(issued, all, { kb: { payload: { iat: claims.iat, aud: 'x509_hash:abc', nonce: 'nonce' } } })
print('@sd-jwt/sd-jwt-vc', 'SD-JWT VC verify', await rate(() => sd.verify(shown, { keyBindingNonce: 'nonce' })))
