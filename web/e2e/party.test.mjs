// A relying party by itself: the authority invites its administrator, who adds
// an operator, a terminal and a key for the party's own system; both check a
// licence; the authority suspends the party, and all of them are refused at once.
import assert from 'node:assert/strict'
import { createPrivateKey, randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { ask } from '../../docs/api/client.mjs'
import { deskView, launch, launchWithCamera, openPage, phoneView, troubles } from './browser.mjs'
import { all, consoleOf, driverOf, next, openCode, photograph, press, read, says, scan, settled, type } from './people.mjs'
import { startServer, totp } from './server.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = process.env.EDL_SHOTS // a folder for pictures of what was seen
const shoot = async (page, name) => { if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true }) }
const password = 'correct horse battery'

let server, phones, camera, driver, system, party, link, admin, terminal, key

before(async () => {
  [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera()])
  driver = await driverOf(server, phones, 'holder:1')
  await openCode(server, driver.page)
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

/** What the party's system asks, and the answer. */
async function machine(method, path, body) {
  const answer = await ask(method, path, body && JSON.stringify(body), { origin: server.url, ...key })
  return { status: answer.status, ...(await answer.json()) }
}
const question = (code) => ({ requestId: randomUUID(), scenario: 'police', way: 'code', code })

async function clean(page, name) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`), [], name)
}

test('the authority invites the party’s administrator by a link that is shown once', async () => {
  ({ page: system } = await consoleOf(server, phones, 'system'))
  party = server.party('police')
  await system.goto(`${server.url}/staff/#/parties/${party.id}`)
  await press(system, 'admin-add')
  await type(system, 'admin-name', '温疏桐')
  await type(system, 'admin-login', 'wen.st')
  await press(system, 'admin-save')
  link = await read(system, 'admin-url')
  await press(system, 'once-done')
  await system.getByTestId('admins').getByText('wen.st').waitFor()
  await shoot(system, 'console-party')
})

test('the administrator opens it, sets password and code, and signs in anew', async () => {
  admin = await openPage(phones, deskView)
  await admin.goto(link)
  const secret = (await read(admin, 'totp-secret')).replaceAll(' ', '')
  await shoot(admin, 'invite')
  await type(admin, 'password', password)
  await type(admin, 'password-repeat', password)
  await admin.getByTestId('totp-1').pressSequentially(totp(secret, Date.now() - 30_000)) // the step before this one, so that this one still serves
  await press(admin, 'accept')
  await admin.getByTestId('party-name').getByText(party.name).waitFor()
  await press(admin, 'sign-out')
  await clean(admin, 'sign-in')
  await shoot(admin, 'sign-in')
  await type(admin, 'login', 'wen.st')
  await type(admin, 'password', password)
  await admin.getByTestId('totp-1').pressSequentially(totp(secret))
  await press(admin, 'enter')
  await admin.getByTestId('operators').waitFor()
  const second = await openPage(phones, deskView)
  await second.goto(link)
  await second.getByText('已用过或已过期').waitFor()
  await second.context().close()
})

test('an operator, a terminal: what the administrator hands over opens a shift', async () => {
  await press(admin, 'operator-add')
  await type(admin, 'operator-name', '沈望舒')
  await type(admin, 'operator-number', '000420')
  await press(admin, 'operator-save')
  const pin = await read(admin, 'pin')
  await press(admin, 'once-done')
  const hours = admin.getByTestId('operators').locator('tr').filter({ hasText: '000420' }).getByTestId('hours')
  await hours.click()
  await type(admin, 'hours-input', '白天')
  await press(admin, 'hours-save')
  await admin.getByTestId('hours-box').locator('[aria-invalid=true]').waitFor()
  await shoot(admin, 'hours')
  await type(admin, 'hours-input', '00:00-23:59')
  await press(admin, 'hours-save')
  await hours.filter({ hasText: '00:00-23:59' }).waitFor()
  await press(admin, 'tab-terminals')
  await press(admin, 'code-make')
  const code = await read(admin, 'code')
  await press(admin, 'once-done')

  terminal = await openPage(camera.browser, { ...phoneView, permissions: ['camera'] })
  await terminal.goto(server.url + '/verify/')
  await type(terminal, 'enrol-code', code)
  await type(terminal, 'enrol-name', '新 1 号')
  await type(terminal, 'enrol-place', '松风路口')
  await press(terminal, 'enrol-submit')
  await type(terminal, 'operator-number', '000420')
  await type(terminal, 'pin', pin)
  for (const step of ['new', 'again']) {
    await terminal.locator(`[data-testid=pin-change][data-step=${step}]`).waitFor()
    await type(terminal, 'pin', '482915')
  }
  await terminal.getByTestId('open-menu').waitFor()
  const { outcome } = await scan(terminal, camera, (await photograph(driver.page)).png)
  assert.equal(outcome, 'usable')
  await next(terminal)
})

test('a key for the party’s own system: its private half never leaves the page, and its requests are signed', async () => {
  await press(admin, 'tab-keys')
  await shoot(admin, 'keys-empty')
  await press(admin, 'key-add')
  await type(admin, 'key-name', '指挥中心')
  await shoot(admin, 'key-form')
  const sent = admin.waitForRequest((r) => r.url().endsWith('/api/party/keys'))
  await press(admin, 'key-save')
  assert.doesNotMatch((await sent).postData(), /PRIVATE/)
  key = { keyId: await read(admin, 'key-id'), key: createPrivateKey(await admin.getByTestId('private-key').textContent()) }
  await shoot(admin, 'key-once')
  await press(admin, 'once-done')
  await admin.getByTestId('keys').getByText('指挥中心').waitFor()
  await driver.page.waitForFunction((old) => document.querySelector('#code').dataset.code !== old, (await photograph(driver.page)).text)
  const answer = await machine('POST', '/api/machine/checks', question((await photograph(driver.page)).text))
  assert.deepEqual([answer.status, answer.verdict], [200, 'usable'], JSON.stringify(answer))

  await press(admin, 'tab-checks')
  const row = admin.getByTestId('checks').locator('tr').filter({ hasText: answer.number })
  assert.match((await row.innerText()).replace(/\s+/g, ' '), /系统 1/)
  assert.ok(!(await all(admin)).includes(driver.driver.name), 'no driver is named')
})

test('a fellow administrator who lost the link gets another, and the first opens nothing', async () => {
  await press(admin, 'tab-admins')
  await press(admin, 'admin-invite')
  await type(admin, 'invite-name', '顾清和')
  await type(admin, 'invite-login', 'gu.qh')
  await press(admin, 'invite-save')
  const lost = await read(admin, 'invite-url')
  await press(admin, 'once-done')
  await press(admin, 'admin-reinvite')
  await says(admin, /顾清和”原来的密码、动态口令和通行密钥马上作废/)
  await shoot(admin, 'new-link')
  await press(admin, 'sure-yes')
  const fresh = await read(admin, 'invite-url')
  await press(admin, 'once-done')
  const page = await openPage(phones, deskView)
  await page.goto(lost)
  await page.getByText('已用过或已过期').waitFor()
  await page.goto(fresh)
  await page.reload() // the same page but for what stands after the hash
  await page.getByTestId('totp-secret').waitFor()
  await page.context().close()
})

test('a party that may follow drivers says where its own system is told, and sees the secret once; the demonstration tells how to sign in', async () => {
  const page = await openPage(phones, deskView)
  await page.goto(server.url + '/demo/')
  await press(page, 'list-parties')
  await page.getByTestId('admin-totp-transport').waitFor()
  const [login, secret, code] = await Promise.all(['admin', 'admin-password', 'admin-totp'].map((what) => page.getByTestId(`${what}-transport`).getAttribute('data-value')))
  assert.equal(await page.getByTestId('open-party').getAttribute('href'), '/party/')
  await page.goto(server.url + '/party/')
  await type(page, 'login', login)
  await type(page, 'password', secret)
  await page.getByTestId('totp-1').pressSequentially(code)
  await press(page, 'enter')
  await press(page, 'tab-own')
  await page.getByTestId('receiver-none').waitFor()
  await press(page, 'receiver-set')
  await type(page, 'receiver-url', 'https://192.0.2.1/hook')
  await press(page, 'receiver-save')
  await page.getByText('须以 https:// 开头').waitFor()
  await type(page, 'receiver-url', 'https://fleet.example/hook?k=1')
  await press(page, 'receiver-save')
  assert.match(await read(page, 'receiver-secret'), /^whsec_/)
  await shoot(page, 'receiver-secret')
  await press(page, 'receiver-secret-done')
  await page.reload()
  await press(page, 'tab-own')
  await page.getByTestId('receiver').getByText('fleet.example').waitFor()
  assert.doesNotMatch(await all(page), /whsec_|k=1/, 'shown once')
  await clean(page, 'receiver')
  await shoot(page, 'receiver')
  await press(page, 'receiver-drop')
  await press(page, 'sure-yes')
  await page.getByTestId('receiver-none').waitFor()
  await page.context().close()
})

test('whoever leaves the page alone is asked a minute before it ends', async () => {
  const page = await admin.context().newPage()
  await page.clock.install()
  await page.goto(server.url + '/party/')
  await page.getByTestId('operators').waitFor()
  await page.clock.fastForward('19:30')
  await page.getByTestId('idle').waitFor()
  await clean(page, 'idle')
  await shoot(page, 'idle')
  const asked = page.waitForResponse((r) => r.url().endsWith('/api/party/session'))
  await press(page, 'idle-stay')
  assert.equal((await asked).status(), 200)
  await page.getByTestId('idle').waitFor({ state: 'hidden' })
  await page.close()
})

test('every section is clean to axe, on a desk, on a phone, dark, large and in English', async () => {
  for (const tab of ['operators', 'terminals', 'keys', 'checks', 'own', 'admins']) {
    await press(admin, `tab-${tab}`)
    await settled(admin)
    await clean(admin, tab)
    await shoot(admin, `desk-${tab}`)
  }
  for (const [look, set] of Object.entries({ dark: { 'edl-theme': 'dark' }, large: { 'edl-size': 'large' }, english: { 'edl-lang': 'en' } })) {
    await admin.evaluate((s) => { for (const k of ['edl-theme', 'edl-size', 'edl-lang']) s[k] ? localStorage.setItem(k, s[k]) : localStorage.removeItem(k) }, set)
    await admin.setViewportSize({ width: 390, height: 844 })
    await admin.reload()
    for (const tab of ['operators', 'keys', 'own']) {
      await press(admin, `tab-${tab}`)
      await settled(admin)
      await clean(admin, `${look} ${tab}`)
      assert.ok(await admin.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${look} ${tab} fits a phone`)
      await shoot(admin, `phone-${look}-${tab}`)
    }
  }
  await admin.setViewportSize(deskView.viewport)
})

test('the authority suspends the party: terminal, system and administrator are refused at once', async () => {
  await driver.page.waitForFunction((old) => document.querySelector('#code').dataset.code !== old, (await photograph(driver.page)).text)
  await press(system, 'party-suspend')
  await press(system, 'sure-yes')
  await system.getByTestId('party-suspend').filter({ hasText: '恢复' }).waitFor()
  const answer = await machine('POST', '/api/machine/checks', question((await photograph(driver.page)).text))
  assert.deepEqual([answer.status, answer.code], [403, 'party_suspended'])
  await admin.getByTestId('tab-checks').click()
  await admin.getByTestId('sign-in').waitFor()
  camera.show((await photograph(driver.page)).png)
  await terminal.getByTestId('operator-number').waitFor() // signed out
  camera.clear()
  assert.equal(await terminal.getByTestId('verdict').count(), 0)
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
