// A client of the machine API, whole, to be copied: signs a request as RFC 9421
// has it and sends it. Node 20 or newer, no packages.
//   EDL_ORIGIN=https://licence.example EDL_KEYID=… EDL_KEY=key.pem node client.mjs POST /api/machine/checks < question.json
import { createHash, createPrivateKey, randomUUID, sign } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'

/** The headers that sign a request; body is a string or undefined. */
export function signed(method, url, body, { keyId, key, created = Math.floor(Date.now() / 1000), nonce = randomUUID() }) {
  const headers = {}
  const covered = [['@method', method], ['@target-uri', url]]
  if (method !== 'GET') {
    headers['Content-Digest'] = `sha-256=:${createHash('sha256').update(body ?? '').digest('base64')}:`
    covered.push(['content-digest', headers['Content-Digest']])
  }
  const params = `(${covered.map(([name]) => `"${name}"`).join(' ')});created=${created};keyid="${keyId}";nonce="${nonce}"`
  const base = [...covered.map(([name, value]) => `"${name}": ${value}`), `"@signature-params": ${params}`].join('\n')
  const algorithm = key.asymmetricKeyType === 'ed25519' ? null : 'sha256' // or P-256, whose r and s stand side by side
  const signature = sign(algorithm, Buffer.from(base), { key, dsaEncoding: 'ieee-p1363' }).toString('base64')
  return { ...headers, 'Signature-Input': `sig=${params}`, Signature: `sig=:${signature}:` }
}

/** Sends a signed request. sendTo is the address if it is not the origin that is signed. */
export async function ask(method, path, body, { origin, sendTo = origin, keyId, key }) {
  const headers = signed(method, origin + path, body, { keyId, key })
  if (body !== undefined) headers['Content-Type'] = 'application/json'
  return fetch(sendTo + path, { method, headers, body })
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const { EDL_ORIGIN: origin, EDL_SEND_TO: sendTo, EDL_KEYID: keyId, EDL_KEY: file } = process.env
  const [method, path] = process.argv.slice(2)
  const answer = await ask(method, path, method === 'POST' ? readFileSync(0, 'utf8') : undefined, { origin, sendTo, keyId, key: createPrivateKey(readFileSync(file)) })
  console.log(await answer.text())
  process.exitCode = answer.ok ? 0 : 1
}
