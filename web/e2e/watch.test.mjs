// 持续关注: a company is told, on its page, in its file and by a signed call to
// its own system, when a driver who let it can no longer, or again, drive for
// it; never why, and nothing more once the driver withdraws.
import assert from 'node:assert/strict'
import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { launch, patience, troubles } from './browser.mjs'
import { all, consoleOf, driverOf, hold, press, read, registerLine, says, terminalOf, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, first, second, clerk, admin, secret
const shots = process.env.EDL_SHOTS // a folder for pictures of what was seen
const shoot = async (page, name) => { if (shots) { await page.waitForTimeout(700); await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true }) } }

/** The company's own system. */
const system = {
  status: 204, got: [], tried: 0, waiting: [],
  async start() {
    this.http = createServer((request, response) => {
      const chunks = []
      request.on('data', (c) => chunks.push(c)).on('end', () => {
        this.tried++
        if (this.status === 204) this.got.push({ path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() })
        response.writeHead(this.status).end()
        this.waiting.splice(0).forEach((done) => done())
      })
    })
    await new Promise((done) => this.http.listen(0, '127.0.0.1', done))
    this.address = `127.0.0.1:${this.http.address().port}`
  },
  /** Waits until something is so, asked anew at each call that comes in. */
  async until(met, what) {
    const late = AbortSignal.timeout(patience)
    while (!met()) {
      await new Promise((done, fail) => {
        this.waiting.push(done)
        late.addEventListener('abort', () => fail(new Error(`the company's system never saw ${what}`)))
      })
    }
  },
  /** The event, if its signature is by the secret (Standard Webhooks). */
  read({ headers, body }) {
    const key = Buffer.from(secret.replace('whsec_', ''), 'base64')
    const signed = createHmac('sha256', key).update(`${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`).digest('base64')
    assert.equal(headers['webhook-signature'], `v1,${signed}`, 'the signature is by the secret')
    return JSON.parse(body)
  },
  events() { return this.got.map((g) => this.read(g)).filter((e) => e.type !== 'test') },
  of(reference) { return this.events().filter((e) => e.data.reference === reference) },
}

before(async () => {
  await system.start()
  ;[server, phones] = await Promise.all([startServer({ args: ['--webhook-allow', system.address] }), launch()])
  ;[first, second] = await Promise.all([driverOf(server, phones, 'holder:1'), driverOf(server, phones, 'holder:2')])
  clerk = (await terminalOf(server, phones, 'transport', { place: '长亭客运示范公司' })).page
})
after(async () => {
  system.http?.close()
  await phones?.close()
  await server?.stop()
})

async function letFollow({ page, driver }, reference) {
  await visit(clerk, '/remote')
  await clerk.getByTestId('remote-make').or(clerk.getByTestId('remote-another')).waitFor()
  if (await clerk.getByTestId('remote-another').count()) await press(clerk, 'remote-another')
  await press(clerk, 'kind-standing')
  await type(clerk, 'why', '聘用期间核对驾驶资格')
  await type(clerk, 'remote-name', driver.name)
  await type(clerk, 'remote-reference', reference)
  await press(clerk, 'remote-make')
  await visit(page, new URL(await read(clerk, 'remote-url')).hash.slice(1))
  await page.getByTestId('asker').waitFor()
  assert.match(await read(page, 'consent-what'), /有变化时得知/, 'the driver is told what it means')
  assert.equal(await page.getByTestId('field-changes').isDisabled(), true)
  await shoot(page, `driver-follow-${reference}`)
  await press(page, 'consent-agree')
  const before = server.messages()[0]?.seq ?? 0
  await press(page, 'confirm-sms')
  await page.getByTestId('confirm-code').waitFor()
  await type(page, 'confirm-code', (await server.sms(driver.phone, before)).code)
  await press(page, 'confirm-send')
  await page.locator('[data-testid=consent-outcome][data-outcome=given]').waitFor()
  await clerk.locator('[data-testid=remote-status][data-status=given]').waitFor()
}

const row = (name, state) => clerk.locator(`[data-testid=followed-item][data-state=${state}]`).filter({ hasText: name })

test('the authority sets where the company’s own system is told, and tries it', async () => {
  admin = (await consoleOf(server, phones, 'system')).page
  await admin.goto(server.url + '/staff/#/parties')
  await admin.getByText('长亭客运示范公司').first().click()
  await admin.getByTestId('receiver-none').waitFor()
  await press(admin, 'receiver-set')
  await type(admin, 'receiver-url', 'https://169.254.169.254/latest')
  await press(admin, 'receiver-save')
  await admin.getByText('须以 https:// 开头').waitFor()
  await shoot(admin, 'staff-receiver-refused')
  await type(admin, 'receiver-url', `http://${system.address}/hook?k=1`)
  await press(admin, 'receiver-save')
  secret = await read(admin, 'receiver-secret')
  await shoot(admin, 'staff-receiver-secret')
  await press(admin, 'receiver-secret-done')
  await press(admin, 'receiver-test')
  await admin.locator('[data-testid=receiver-tested][data-taken=true]').waitFor()
  await shoot(admin, 'staff-receiver')
  assert.equal(system.read(system.got[0]).type, 'test')
})

test('drivers let the company follow them, and it sees how they stand', async () => {
  await clerk.getByTestId('form-submit').waitFor()
  if (await clerk.getByTestId('more-vehicles').count()) await press(clerk, 'more-vehicles')
  await clerk.getByTestId('vehicle-C1').check()
  await press(clerk, 'form-submit')
  await visit(clerk, '/followed')
  await clerk.getByText('还没有关注的驾驶人').waitFor()
  await shoot(clerk, 'terminal-follow-empty')
  await letFollow(first, 'GH-1')
  await letFollow(second, 'GH-2')
  await visit(clerk, '/followed')
  await row(first.driver.name, 'usable').waitFor()
  await row(second.driver.name, 'usable').waitFor()
  assert.deepEqual([await read(clerk, 'follow-total'), await read(clerk, 'follow-stopped'), await read(clerk, 'follow-new')], ['2', '0', '0'])
  await system.until(() => system.events().length === 2, 'how both stand')
})

test('the register brings a suspension: page, file and signed call say that the licence cannot be used, and nobody says why', async () => {
  const since = Date.now()
  await server.feed([await registerLine(first.page, first.driver, { ZT: 'D' })])
  await row(first.driver.name, 'not_usable').waitFor()
  await system.until(() => system.of('GH-1').length === 2, 'the suspension')
  assert.ok(Date.now() - since < 60_000, 'within a minute')
  const told = system.of('GH-1')[1]
  assert.deepEqual([told.type, told.data.before, told.data.state, told.data.word.zh], ['qualification.changed', 'usable', 'not_usable', '当前不能使用'])
  const text = system.got.map((g) => g.body).join()
  for (const hidden of [first.driver.name, first.driver.number, first.driver.fileNumber, '暂扣', 'suspended']) assert.ok(!text.includes(hidden), `the call holds ${hidden}`)

  await clerk.getByTestId('follow-know').waitFor()
  await shoot(clerk, 'terminal-follow')
  assert.ok(!/暂扣/.test(await all(clerk)))
  await says(clerk, /系统已收/)
  const letGo = await hold(clerk, /\/followed\/search/)
  await clerk.waitForRequest(/\/followed\/search/) // the list is read every few seconds
  const asked = clerk.waitForRequest((r) => r.postData()?.includes('GH-2'))
  await type(clerk, 'follow-search', 'GH-2')
  await asked // what is typed meanwhile does not wait for it
  letGo()
  await row(first.driver.name, 'not_usable').waitFor({ state: 'detached' })
  await type(clerk, 'follow-search', '没有这个人')
  await clerk.getByTestId('follow-nothing').waitFor()
  await type(clerk, 'follow-search', '')
  await press(clerk, 'follow-stopped-chip')
  await row(second.driver.name, 'usable').waitFor({ state: 'detached' })
  await press(clerk, 'follow-know')
  await clerk.getByText('0012').first().waitFor() // who knows of it
  assert.equal(await read(clerk, 'follow-new'), '0')

  const path = await clerk.getByTestId('follow-file').getAttribute('href')
  const csv = await clerk.evaluate((from) => fetch(from).then((r) => r.text()), path)
  assert.match(csv, new RegExp(`当日变化,GH-1,${first.driver.name},道路运输查验,聘用期间核对驾驶资格,当前不能使用,[^,]+,可以使用,${told.data.check},`))
  assert.match(csv, new RegExp(`现状,GH-2,${second.driver.name},道路运输查验,聘用期间核对驾驶资格,可以使用`))
  assert.ok(!/暂扣/.test(csv))

  await visit(first.page, '/me/consents')
  await first.page.getByTestId('standing-told').waitFor()
  await shoot(first.page, 'driver-told')
  await visit(first.page, `/checks/${told.data.check}`)
  assert.match(await read(first.page, 'checked-by'), /已告知长亭客运示范公司/)
  await says(first.page, /按您的授权，变化后自动告知/)
  await shoot(first.page, 'driver-told-check')
})

test('the company’s system is down: the page says so, and it hears once it is back, with the same event', async () => {
  system.status = 503
  const tried = system.tried
  await server.feed([await registerLine(second.page, second.driver, { ZT: 'D' })])
  await system.until(() => system.tried > tried, 'a try')
  await clerk.getByTestId('receiver-trouble').waitFor()
  assert.match(await read(clerk, 'receiver-trouble'), /503/)
  await press(clerk, 'follow-all-chip')
  await row(second.driver.name, 'not_usable').waitFor()
  await shoot(clerk, 'terminal-follow-trouble')
  system.status = 204
  await system.until(() => system.of('GH-2').length === 2, 'what it missed')
  await clerk.getByTestId('receiver-fine').waitFor()
})

test('撤回授权: from then on nothing more is told, while others are', async () => {
  await visit(first.page, '/me/consents')
  await press(first.page, 'withdraw-standing')
  await press(first.page, 'withdraw-standing-confirm')
  await first.page.getByTestId('no-standing').waitFor()
  const before = system.of('GH-1').length
  await server.feed([await registerLine(first.page, first.driver, { ZT: 'A' }), await registerLine(second.page, second.driver, { ZT: 'A' })])
  await system.until(() => system.of('GH-2').length === 3, 'the other driver’s news')
  await row(second.driver.name, 'usable').waitFor()
  assert.equal(system.of('GH-1').length, before)
  await row(first.driver.name, 'not_usable').waitFor({ state: 'detached' })
  assert.equal(await read(clerk, 'follow-total'), '1')
  assert.equal(new Set(system.got.map((g) => g.headers['webhook-id'])).size, system.got.length, 'nothing twice')
})

test('no page met trouble', () => assert.deepEqual(troubles, []))
