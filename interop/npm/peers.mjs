// The mdoc peers behind one face: verify(response) and issue().
import * as auth0 from '@auth0/mdl'
import * as animo from '@animo-id/mdoc'
import * as owf from '@owf/mdoc'
import * as c from './context.mjs'
import { file, json } from './result.mjs'

const NS = 'org.iso.18013.5.1'
export const transcript = Buffer.from(file('transcript.hex').toString().trim(), 'hex') // SessionTranscriptBytes
const root = file('root.der')
const key = (name) => ({ ...json(name), alg: 'ES256', kid: name })
const hour = 3600e3

// elements are a licence's, as each peer wants days.
function elements(day, portrait) {
  return {
    family_name: 'Lin', given_name: 'Yi', birth_date: day('1990-05-06'), issue_date: day('2025-06-01'), expiry_date: day('2031-06-01'),
    issuing_country: 'CN', issuing_authority: 'Demo Traffic Authority', document_number: '000000199005060012', portrait,
    driving_privileges: [{ vehicle_category_code: 'B', issue_date: day('2015-06-01'), expiry_date: day('2031-06-01') }], un_distinguishing_sign: 'CHN',
    sex: 1, nationality: 'CN', issuing_jurisdiction: 'CN-GD', resident_country: 'CN', family_name_national_character: '林', given_name_national_character: '一',
    age_in_years: 35, age_birth_year: 1990, age_over_16: true, age_over_18: true, age_over_21: true, age_over_60: false, age_over_65: false,
  }
}
const domestic = { name: '林一', classes: ['C1', 'D'], first_issue_date: '2015-06-01', file_number: '000000000017', address: '测试省测试市测试路1号', authority: '测试交通管理局' }
const portrait = new Uint8Array(file('portrait.bin')) // 20 KB; 24 + 6 elements with it
const validity = () => ({ signed: new Date(Date.now() - 1000 - (Date.now() % 1000)), validFrom: new Date(Date.now() - 1000 - (Date.now() % 1000)), validUntil: new Date(Math.floor(Date.now() / 1000) * 1000 + 30 * 24 * hour) })
const publicOf = ({ kty, crv, x, y }) => ({ kty, crv, x, y })
const definition = { id: 'all', input_descriptors: [{ id: 'org.iso.18013.5.1.mDL', format: { mso_mdoc: { alg: ['ES256'] } }, constraints: { limit_disclosure: 'required',
  fields: Object.keys(elements(String)).map((name) => ({ path: [`$['${NS}']['${name}']`], intent_to_retain: false })) } }] }

const pem = () => file('signer.pem').toString()

export const peers = {
  '@auth0/mdl': {
    verify: (response, { readerKey } = {}) => new auth0.Verifier([file('root.pem').toString()]).verify(response, { encodedSessionTranscript: transcript, ephemeralReaderKey: readerKey && coseKey(json('reader.jwk')) }),
    async issue() {
      const document = await new auth0.Document('org.iso.18013.5.1.mDL')
        .addIssuerNameSpace(NS, elements(String, Buffer.from(portrait))).addIssuerNameSpace(NS + '.CN', domestic)
        .useDigestAlgorithm('SHA-256').addValidityInfo(validity()).addDeviceKeyInfo({ deviceKey: publicOf(json('holder.jwk')) })
        .sign({ issuerPrivateKey: key('signer.jwk'), issuerCertificate: pem(), alg: 'ES256' })
      return new auth0.MDoc([document]).encode()
    },
    async present(issued) {
      const shown = await auth0.DeviceResponse.from(issued).usingPresentationDefinition(definition).usingSessionTranscriptBytes(transcript)
        .authenticateWithSignature(key('holder.jwk'), 'ES256').sign()
      return shown.encode()
    },
  },
  '@animo-id/mdoc': {
    verify: (response, { readerKey } = {}) => new animo.Verifier().verifyDeviceResponse({ encodedDeviceResponse: new Uint8Array(response), encodedSessionTranscript: new Uint8Array(transcript),
      ephemeralReaderKey: readerKey && { ...json('reader.jwk') }, trustedCertificates: [new Uint8Array(root)] }, animoContext),
    async issue() {
      const document = await new animo.Document('org.iso.18013.5.1.mDL', animoContext)
        .addIssuerNameSpace(NS, elements((d) => new animo.DateOnly(d), portrait)).addIssuerNameSpace(NS + '.CN', domestic)
        .useDigestAlgorithm('SHA-256').addValidityInfo(validity()).addDeviceKeyInfo({ deviceKey: publicOf(json('holder.jwk')) })
        .sign({ issuerPrivateKey: key('signer.jwk'), issuerCertificate: pem(), alg: 'ES256' }, animoContext)
      return new animo.MDoc([document]).encode()
    },
    async present(issued) {
      const shown = await animo.DeviceResponse.from(issued).usingPresentationDefinition(definition).usingSessionTranscriptBytes(new Uint8Array(transcript))
        .authenticateWithSignature(key('holder.jwk'), 'ES256').sign(animoContext)
      return shown.encode()
    },
  },
  '@owf/mdoc': {
    verify: (response, { readerKey } = {}) => owf.Verifier.verifyDeviceResponse({ deviceResponse: new Uint8Array(response), sessionTranscript: owf.SessionTranscript.decode(inner(transcript)),
      ephemeralReaderKey: readerKey && owf.CoseKey.fromJwk(json('reader.jwk')), trustedCertificates: [new Uint8Array(root)], skewSeconds: 30 }, owfContext),
    async issue() {
      const issued = await new owf.Issuer('org.iso.18013.5.1.mDL', owfContext)
        .addIssuerNamespace(NS, elements((d) => new owf.DateOnly(d), portrait)).addIssuerNamespace(NS + '.CN', domestic)
        .sign({ signingKey: owf.CoseKey.fromJwk({ ...json('signer.jwk'), alg: 'ES256' }), algorithm: owf.SignatureAlgorithm.ES256, digestAlgorithm: 'SHA-256', validityInfo: validity(),
          deviceKeyInfo: { deviceKey: owf.DeviceKey.fromJwk(publicOf(json('holder.jwk'))) }, certificates: [new Uint8Array(file('signer.der'))] })
      return issued
    },
    async present(issued) {
      const names = Object.fromEntries(Object.keys(elements(String)).map((name) => [name, false]))
      const request = owf.DeviceRequest.create({ docRequests: [owf.DocRequest.create({ itemsRequest: owf.ItemsRequest.create({ docType: 'org.iso.18013.5.1.mDL', namespaces: { [NS]: names } }) })] })
      const shown = await owf.Holder.createDeviceResponseForDeviceRequest({ deviceRequest: request, sessionTranscript: owf.SessionTranscript.decode(inner(transcript)),
        issuerSigned: [issued], signature: { signingKey: owf.CoseKey.fromJwk({ ...json('holder.jwk'), alg: 'ES256' }) } }, owfContext)
      return shown.encode()
    },
  },
}

// coseKey writes a private key as the map {1: 2, -1: 1, -2: x, -3: y, -4: d}.
function coseKey({ x, y, d }) {
  const bytes = (label, text) => Buffer.concat([Buffer.from([label, 0x58, 0x20]), Buffer.from(text, 'base64url')])
  return Buffer.concat([Buffer.from([0xa5, 0x01, 0x02, 0x20, 0x01]), bytes(0x21, x), bytes(0x22, y), bytes(0x23, d)])
}

// inner takes #6.24(bstr) off.
function inner(b) {
  const length = b[2] === 0x58 ? 2 : b[2] === 0x59 ? 3 : 1
  return new Uint8Array(b.subarray(2 + length))
}

const animoContext = {
  crypto: { random: c.random, digest: c.digest,
    calculateEphemeralMacKeyJwk: ({ privateKey, publicKey, sessionTranscriptBytes }) => ({ kty: 'oct', k: c.b64(c.macKey(privateKey, publicKey, sessionTranscriptBytes)), alg: 'HS256' }) },
  cose: {
    sign1: { sign: ({ jwk, sign1 }) => c.signRaw(jwk, sign1.getRawSigningData().data),
      verify: ({ jwk, sign1, options }) => { const { data, signature } = sign1.getRawVerificationData(options); return c.verifyRaw(jwk, data, signature) } },
    mac0: { sign: ({ jwk, mac0 }) => c.hmac(Buffer.from(jwk.k, 'base64url'), mac0.getRawSigningData().data),
      verify: ({ jwk, mac0, options }) => { const { data, signature } = mac0.getRawVerificationData(options); return Buffer.compare(Buffer.from(c.hmac(Buffer.from(jwk.k, 'base64url'), data)), Buffer.from(signature)) === 0 } },
  },
  x509: { getIssuerNameField: ({ certificate, field }) => c.nameField(certificate, field), getPublicKey: ({ certificate }) => c.publicJwk(certificate),
    validateCertificateChain: c.verifyChain, getCertificateData: ({ certificate }) => c.certificateData(certificate) },
}

const owfContext = {
  crypto: { random: c.random, digest: c.digest,
    calculateEphemeralMacKey: ({ privateKey, publicKey, sessionTranscriptBytes, info }) => owf.CoseKey.create({ keyType: owf.KeyType.Oct, k: new Uint8Array(c.macKey(privateKey, publicKey, sessionTranscriptBytes, info)) }) },
  cose: {
    sign1: { sign: ({ key, toBeSigned }) => c.signRaw(key.jwk, toBeSigned), verify: ({ key, sign1 }) => c.verifyRaw(key.jwk, sign1.toBeSigned, sign1.signature) },
    mac0: { sign: ({ key, toBeAuthenticated }) => c.hmac(key.k, toBeAuthenticated), verify: ({ mac0, key }) => Buffer.compare(Buffer.from(c.hmac(key.k ?? key.privateKey, mac0.toBeAuthenticated)), Buffer.from(mac0.tag)) === 0 },
  },
  x509: { getIssuerNameField: ({ certificate, field }) => c.nameField(certificate, field), getPublicKey: ({ certificate }) => owf.CoseKey.fromJwk(c.publicJwk(certificate)),
    verifyCertificateChain: c.verifyChain, getCertificateData: ({ certificate }) => c.certificateData(certificate) },
}
