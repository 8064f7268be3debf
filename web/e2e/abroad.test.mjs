// The licence in international form: the driver confirms the name in Latin
// letters, saves both files, and edl verify, which knows what the platform
// publishes and no more, believes them until the licence is suspended.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { launch, troubles } from './browser.mjs'
import { driverOf, press, read, registerLine, terminalOf, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

const edl = process.env.EDL_BINARY ?? fileURLToPath(new URL('../../bin/edl', import.meta.url))
const dir = mkdtempSync(join(tmpdir(), 'edl-abroad-'))
let server, phones, phone

before(async () => {
  [server, phones] = await Promise.all([startServer(), launch()])
  phone = await driverOf(server, phones, 'holder:1')
  writeFileSync(join(dir, 'trust.pem'), await (await fetch(server.url + '/pki/trust.pem')).text())
})
after(async () => {
  await phones?.close()
  await server?.stop()
  rmSync(dir, { recursive: true, force: true })
})

/** What edl verify says of a file by the published roots. */
function verify(name) {
  try {
    return JSON.parse(execFileSync(edl, ['verify', '--json', '--trust', join(dir, 'trust.pem'), join(dir, name)]))
  } catch (error) {
    return JSON.parse(error.stdout)
  }
}

async function save(id, name) {
  const download = phone.page.waitForEvent('download')
  await press(phone.page, id)
  await (await download).saveAs(join(dir, name))
}

/** Fetches the list that a credential names, and says what it holds. */
async function listed(reference, kind) {
  const answer = await fetch(reference.uri)
  assert.equal(answer.headers.get('content-type'), kind)
  assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  writeFileSync(join(dir, 'list'), Buffer.from(await answer.arrayBuffer()))
  const result = verify('list')
  assert.ok(result.valid, JSON.stringify(result.checks))
  return result.claims
}

test('the name is proposed, corrected and confirmed; both files verify for a stranger', async () => {
  const { page } = phone
  await visit(page, '/licence')
  await press(page, 'to-abroad')
  await page.getByTestId('latin-family').waitFor()
  assert.match(await page.getByTestId('latin-family').inputValue(), /^[A-Z]+$/)
  await type(page, 'latin-given', 'TEST-NAME')
  await press(page, 'issue-mobile')
  assert.match(await read(page, 'mobile-document'), /TEST-NAME 有效/)
  await save('save-mdoc', 'licence.mdoc')
  await save('save-sdjwt', 'licence.sd-jwt')
  const mdoc = verify('licence.mdoc'), vc = verify('licence.sd-jwt')
  assert.ok(mdoc.valid, JSON.stringify(mdoc.checks))
  assert.ok(vc.valid, JSON.stringify(vc.checks))
  const elements = mdoc.claims.documents[0].issuerSigned['org.iso.18013.5.1']
  assert.equal(elements.given_name, 'TEST-NAME')
  assert.equal(vc.claims.given_name, 'TEST-NAME')
  assert.ok(!JSON.stringify(elements.driving_privileges).includes('"C1"') || elements.driving_privileges.some((p) => p.vehicle_category_code === 'C'), 'a Chinese class was copied')
  const saved = readFileSync(join(dir, 'licence.mdoc'))
  await page.reload()
  await save('save-mdoc', 'again.mdoc')
  assert.ok(saved.equals(readFileSync(join(dir, 'again.mdoc'))), 'made anew, the file differs')
})

test('a suspension is in both lists within a second, and is taken back in one', async () => {
  const status = verify('licence.sd-jwt').claims.status.status_list
  const mdocStatus = verify('licence.mdoc').claims.documents[0]['status list']
  assert.notEqual(status.idx, mdocStatus.idx)
  assert.equal((await listed(mdocStatus, 'application/statuslist+cwt')).INVALID, undefined)
  await visit(phone.page, '/licence')
  const line = await registerLine(phone.page, phone.driver, { ZT: 'D' })
  await visit(phone.page, '/licence/abroad')
  await server.feed([line])
  assert.equal((await listed(mdocStatus, 'application/statuslist+cwt')).INVALID, 1)
  assert.equal((await listed(status, 'application/statuslist+jwt')).SUSPENDED, 1)
  await phone.page.reload()
  await phone.page.getByTestId('mobile-refused').waitFor()
  await server.feed([{ ...line, ZT: 'A' }])
  assert.equal((await listed(status, 'application/statuslist+jwt')).SUSPENDED, undefined)
  assert.equal((await listed(mdocStatus, 'application/statuslist+cwt')).INVALID, 1)
})

test('a wallet asks for single-use files: each verifies for its own key, and none has anything of another', async () => {
  const { page } = phone
  await visit(page, '/licence/abroad')
  const files = await page.evaluate(async () => {
    const url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
    const text = (value) => url(new TextEncoder().encode(JSON.stringify(value)))
    const { challenge } = await (await fetch('/api/driver/session')).json()
    const proofs = []
    for (let i = 0; i < 3; i++) {
      const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
      const { kty, crv, x, y } = await crypto.subtle.exportKey('jwk', pair.publicKey)
      const signed = text({ alg: 'ES256', typ: 'openid4vci-proof+jwt', jwk: { kty, crv, x, y } }) + '.' + text({ aud: location.origin, nonce: challenge, iat: Math.floor(Date.now() / 1000) })
      proofs.push(signed + '.' + url(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, new TextEncoder().encode(signed))))
    }
    const post = (body) => fetch('/api/driver/mobile/batches', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })
    const answer = await post({ family: 'TEST', given: 'WALLET', proofs })
    const { documents, ...problem } = await answer.json()
    if (answer.status !== 200) return { problem }
    const again = await (await post({ family: 'TEST', given: 'WALLET', proofs: proofs.slice(0, 1) })).json()
    return { again: again.code, mdocs: await Promise.all(documents.map(async (d) => url(await (await fetch(d.mdoc)).arrayBuffer()))) }
  })
  assert.equal(files.problem, undefined, JSON.stringify(files.problem))
  assert.equal(files.again, 'mobile.key_used')
  const places = new Set()
  files.mdocs.forEach((file, i) => {
    writeFileSync(join(dir, `wallet${i}`), Buffer.from(file, 'base64url'))
    const result = verify(`wallet${i}`)
    assert.ok(result.valid, JSON.stringify(result.checks))
    places.add(result.claims.documents[0]['status list'].idx)
  })
  assert.equal(places.size, 3)
  await page.reload()
  assert.match(await read(page, 'mobile-batch'), /卡包一次性文件 ?有效 ?3 份/)
})

test('a terminal takes the file and says how it stands; an altered one is refused', async () => {
  const { page } = await terminalOf(server, phones, 'police')
  await visit(page, '/file')
  const hand = async (name) => {
    await page.getByTestId('file').setInputFiles(join(dir, name))
    return read(page, 'file-verdict')
  }
  assert.equal(await hand('licence.sd-jwt'), '文件真实，未被改动，当前有效')
  await press(page, 'file-again')
  assert.equal(await hand('licence.mdoc'), '文件真实，但已失效，请持有人重新签发。') // it was suspended once
  await press(page, 'file-again')
  const altered = readFileSync(join(dir, 'licence.mdoc'))
  altered[altered.length >> 1] ^= 1
  writeFileSync(join(dir, 'altered.mdoc'), altered)
  assert.match(await hand('altered.mdoc'), /与签发时不一致|格式错误|签名无效/)
})

test('nothing went wrong in any page', () => assert.deepEqual(troubles, []))
