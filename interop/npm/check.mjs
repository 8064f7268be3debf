// Has the npm peers check what is ours, and edl what is theirs.
import { createHash, createPublicKey, randomBytes, X509Certificate } from 'node:crypto'
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc'
import { getListFromStatusListJWT, StatusList, createHeaderAndPayload } from '@sd-jwt/jwt-status-list'
import pixelpass from '@mosip/pixelpass'
import { signRaw, verifyRaw, b64 } from './context.mjs'
import { peers } from './peers.mjs'
import { file, json, they, faulty, refuse, we } from './result.mjs'

const altered = (b, at = b.length >> 1) => { const c = Buffer.from(b); c[at] ^= 1; return c }
const session = ['--trust', 'root.pem', '--transcript', 'transcript.hex']

for (const [name, peer] of Object.entries(peers)) {
  const readerKey = Buffer.from(file('reader.hex').toString(), 'hex')
  await they(name, 'DeviceResponse, device signature', () => peer.verify(file('response.bin')).then(() => true))
  const mac = () => peer.verify(file('mac.bin'), { readerKey }).then(() => true)
  if (name === '@owf/mdoc') await faulty(name, 'DeviceResponse, device MAC', "it compares the algorithm's name with its number and so refuses every MAC", mac)
  else await they(name, 'DeviceResponse, device MAC', mac)
  await refuse(name, 'DeviceResponse with one bit altered', () => peer.verify(altered(file('response.bin'), 1500)).then(() => true))
  await we(name, 'DeviceResponse', async () => peer.present(await peer.issue()), ...session)
}

// --- SD-JWT VC

const jwkOf = (pem) => new X509Certificate(pem).publicKey.export({ format: 'jwk' })
const hasher = (data, alg) => new Uint8Array(createHash(alg.replace('-', '')).update(typeof data === 'string' ? data : Buffer.from(data)).digest())
const signer = (jwk) => async (data) => b64(signRaw(jwk, Buffer.from(data)))
const verifier = (jwk) => async (data, signature) => verifyRaw(jwk, Buffer.from(data), Buffer.from(signature, 'base64url'))
export const sd = new SDJwtVcInstance({ hasher, hashAlg: 'sha-256', saltGenerator: (n) => randomBytes(n).toString('base64url'), signAlg: 'ES256',
  signer: signer(json('signer.jwk')), verifier: verifier(jwkOf(file('signer.pem'))),
  kbSignAlg: 'ES256', kbSigner: signer(json('holder.jwk')), kbVerifier: (data, signature, payload) => verifier(payload.cnf.jwk)(data, signature),
  statusListFetcher: async () => file('list.jwt').toString(), statusVerifier: (data, signature) => verifier(jwkOf(file('lists.pem')))(data, signature),
  statusValidator: async (status) => { if (status !== 2) throw new Error(`status ${status}, not SUSPENDED`) } })

await they('@sd-jwt/sd-jwt-vc', 'SD-JWT VC with key binding, and its status', async () => {
  const { payload } = await sd.verify(file('vc-bound.txt').toString(), { keyBindingNonce: 'nonce-of-the-reader' })
  return payload.family_name === 'Lin' && payload.given_name === 'Yi'
})
await refuse('@sd-jwt/sd-jwt-vc', 'SD-JWT VC with another nonce', () => sd.verify(file('vc-bound.txt').toString(), { keyBindingNonce: 'x' }).then(() => true))
export const issueVC = (claims = {}) => {
  const now = Math.floor(Date.now() / 1000)
  const { kty, crv, x, y } = json('holder.jwk')
  return sd.issue({ iss: 'https://authority.example', vct: 'urn:example:licence', iat: now, exp: now + 86400, cnf: { jwk: { kty, crv, x, y } },
    family_name: 'Lin', given_name: 'Yi', address: { city: '测试市', street: '测试路1号' }, classes: ['C1', 'D'], ...claims },
  { _sd: ['family_name', 'given_name', 'address', ...Object.keys(claims)], address: { _sd: ['city'] }, classes: { _sd: [0, 1] } },
  { header: { x5c: [file('signer.der').toString('base64')] } })
}
await we('@sd-jwt/sd-jwt-vc', 'SD-JWT VC, nested and recursive disclosures', issueVC, '--trust', 'root.pem')
await we('@sd-jwt/sd-jwt-vc', 'SD-JWT VC with key binding', async () =>
  sd.present(await issueVC(), { family_name: true, address: { city: true } }, { kb: { payload: { iat: Math.floor(Date.now() / 1000), aud: 'x509_hash:abc', nonce: 'n-1' } } }),
'--trust', 'root.pem', '--nonce', 'n-1', '--audience', 'x509_hash:abc')

// --- status lists

await they('@sd-jwt/jwt-status-list', 'status list JWT, 2 bits', () => {
  const list = getListFromStatusListJWT(file('list.jwt').toString())
  return list.getStatus(7) === 2 && [0, 6, 8, 999].every((i) => list.getStatus(i) === 0)
})
await we('@sd-jwt/jwt-status-list', 'status list JWT', () => {
  const statuses = Array.from({ length: 5000 }, (_, i) => (i % 97 === 0 ? 1 : i % 101 === 0 ? 2 : 0))
  const now = Math.floor(Date.now() / 1000)
  const { header, payload } = createHeaderAndPayload(new StatusList(statuses, 2), { iss: 'https://authority.example', sub: 'https://authority.example/lists/9', iat: now, exp: now + 3600, ttl: 60 },
    { alg: 'ES256', typ: 'statuslist+jwt', x5c: [file('lists.der').toString('base64')] })
  const input = [header, payload].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  return `${input}.${b64(signRaw(json('lists.jwk'), Buffer.from(input)))}`
}, '--trust', 'root.pem')

// --- claim 169

await they('@mosip/pixelpass', 'the wrapping of our claim-169 text: Base45 and zlib', () => {
  const read = pixelpass.decode(file('claim169.txt').toString())
  return typeof read === 'object' || typeof read === 'string' ? 'decoded; it reads no COSE' : false
})
