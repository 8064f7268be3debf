// A clerk's whole task, scenario by scenario, as the clerk does it: what is
// entered first, how the licence is found, what the answer says and does not
// say, and what the driver sees of it. R3 to R9.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera, troubles } from './browser.mjs'
import { all, consoleOf, driverOf, hold, openCode, photograph, press, read, says, scan, terminalOf, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, camera, good
const shots = process.env.EDL_SHOTS // a folder for pictures of what was seen
const shoot = async (page, name) => { if (shots) { await page.waitForTimeout(700); await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true }) } }

before(async () => {
  [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera()])
  good = await driverOf(server, phones, 'holder:1')
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

/** The driver opens a link that a clerk sent. */
async function follow(url) {
  await visit(good.page, new URL(url).hash.slice(1))
  await good.page.getByTestId('asker').waitFor()
}

/** Confirms once more by the code that comes to the phone on the register. */
async function confirm() {
  await press(good.page, 'consent-agree')
  const before = server.messages()[0]?.seq ?? 0
  await press(good.page, 'confirm-sms')
  await good.page.getByTestId('confirm-code').waitFor()
  await type(good.page, 'confirm-code', (await server.sms(good.driver.phone, before)).code)
  await press(good.page, 'confirm-send')
  await good.page.locator('[data-testid=consent-outcome][data-outcome=given]').waitFor()
}

/** Makes a request on the open terminal and returns its link. */
async function request(terminal, kind, why, more = {}) {
  await press(terminal, `kind-${kind}`)
  await type(terminal, 'why', why)
  for (const [id, text] of Object.entries(more)) await type(terminal, id, text)
  await press(terminal, 'remote-make')
  return read(terminal, 'remote-url')
}

async function chooseCar(terminal) {
  await terminal.getByTestId('form-submit').waitFor()
  if (await terminal.getByTestId('more-vehicles').count()) await press(terminal, 'more-vehicles')
  await terminal.getByTestId('vehicle-C1').check()
}

async function lookUp(terminal, { number, name }, reason) {
  await type(terminal, 'number', number)
  await type(terminal, 'name', name)
  if (reason) await type(terminal, 'reason', reason)
  await press(terminal, 'number-submit')
  await terminal.getByTestId('verdict').waitFor()
  return { outcome: await terminal.getByTestId('verdict').getAttribute('data-outcome'), word: await read(terminal, 'word'), line: await read(terminal, 'line') }
}

test('租赁: a clerk asks a driver who is not there, gets what the driver chose and nothing else, once', async () => {
  const { page: clerk } = await terminalOf(server, camera.browser, 'rental', { place: '远帆租车示范店' })
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
  await press(clerk, 'vehicle-C1')
  await type(clerk, 'rental-end', day)
  await press(clerk, 'form-submit')
  await press(clerk, 'remote')
  await shoot(clerk, 'terminal-remote-new')
  const url = await request(clerk, 'once', '明天取车，先核对驾驶证')
  await shoot(clerk, 'terminal-remote-qr')

  await follow(url)
  assert.equal(await read(good.page, 'asker'), '远帆租车示范店')
  assert.match(await read(good.page, 'consent-why'), /明天取车/)
  assert.equal(await good.page.getByTestId('field-photo').isChecked(), false, 'what is not required starts empty')
  assert.equal(await good.page.getByTestId('field-usable').isDisabled(), true, 'the verdict is what is asked')
  await shoot(good.page, 'driver-consent')
  await press(good.page, 'field-valid_until')
  await confirm()
  await shoot(good.page, 'driver-consent-given')

  await press(clerk, 'remote-see')
  await clerk.getByTestId('verdict').waitFor()
  assert.deepEqual([await read(clerk, 'word'), await read(clerk, 'line')], ['可用', '驾驶人已同意·可驾本车·覆盖还车日'])
  assert.equal(await clerk.getByTestId('photo').count(), 0, 'the photo was not given')
  assert.ok(!(await all(clerk)).includes(good.driver.name))

  await press(good.page, 'see-check')
  await good.page.getByTestId('check-number').waitFor()
  await says(good.page, /远帆租车示范店.*驾驶人远程同意/)
  await press(good.page, 'complain')
  assert.match(await read(good.page, 'complained'), /^已立案，编号 FK\d+$/, 'one tap opens a case')
  await shoot(good.page, 'driver-complained')
  await visit(good.page, '/')
  await visit(good.page, new URL(url).hash.slice(1))
  await good.page.locator('[data-testid=consent-over][data-status=given]').waitFor()
  await clerk.context().close()
})

test('租赁: the driver says no, and the clerk learns only that', async () => {
  const { page: clerk } = await terminalOf(server, camera.browser, 'rental', { operator: 1, place: '远帆租车示范店' })
  await press(clerk, 'vehicle-C1')
  await type(clerk, 'rental-end', new Date(Date.now() + 86_400_000).toISOString().slice(0, 10))
  await press(clerk, 'form-submit')
  const letGo = await hold(clerk, /\/api\/terminal\/consent-requests$/)
  await press(clerk, 'remote')
  await clerk.getByTestId('remote-make').waitFor()
  assert.doesNotMatch(await all(clerk), /还没有发出过请求/, 'not read yet, it is not said that there are none')
  letGo()
  const url = await request(clerk, 'once', '核对')
  const late = await hold(clerk, /\/consent-requests\/[^/]+$/, 1)
  await follow(url)
  await press(good.page, 'consent-refuse')
  await good.page.locator('[data-testid=consent-outcome][data-outcome=refused]').waitFor()
  await clerk.locator('[data-testid=remote-status][data-status=refused]').waitFor()
  assert.equal(await clerk.getByTestId('remote-see').count(), 0)
  await press(clerk, 'remote-another')
  await clerk.getByTestId('remote-make').waitFor()
  const answered = clerk.waitForResponse(/\/consent-requests\/[^/]+$/)
  late()
  await (await answered).finished()
  await clerk.evaluate(() => new Promise((done) => setTimeout(done)))
  await clerk.getByTestId('remote-make').waitFor() // a late answer does not bring the earlier request back
  await clerk.context().close()
})

test('道路运输: a company finds nobody by number until the driver consents, and nobody again once it is withdrawn', async () => {
  const { page: clerk } = await terminalOf(server, camera.browser, 'transport', { place: '长亭客运示范公司' })
  await chooseCar(clerk)
  await press(clerk, 'form-submit')
  await press(clerk, 'by-number')
  const before = await lookUp(clerk, good.driver)
  assert.equal(before.outcome, 'no_match')
  await visit(clerk, '/remote')
  const url = await request(clerk, 'standing', '聘用期间核对驾驶资格', { 'remote-name': good.driver.name })
  await follow(url)
  assert.equal(await good.page.getByTestId('field-photo').isDisabled(), true, 'all that a look-up gives is shown')
  await shoot(good.page, 'driver-consent-standing')
  await confirm()
  await clerk.locator('[data-testid=remote-status][data-status=given]').waitFor()

  await visit(clerk, '/number')
  const seen = await lookUp(clerk, good.driver)
  assert.deepEqual([seen.outcome, seen.word], ['usable', '可用'])
  assert.ok(!/记分 ?\d|住址/.test(await all(clerk)))
  await visit(clerk, '/standing')
  assert.match(await read(clerk, 'standings'), new RegExp(`${good.driver.name}.*聘用期间核对驾驶资格`))
  await shoot(clerk, 'terminal-standing')

  await visit(clerk, '/bulk')
  const other = server.driver('holder:2')
  await clerk.getByTestId('bulk-file').setInputFiles({ name: 'drivers.csv', mimeType: 'text/csv', buffer: Buffer.from(`证号,姓名\n${good.driver.number},${good.driver.name}\n${other.number},${other.name}\n`) })
  await shoot(clerk, 'terminal-bulk-new')
  await press(clerk, 'bulk-start')
  await clerk.locator('[data-testid=bulk-status][data-status=done]').waitFor()
  assert.deepEqual([await read(clerk, 'bulk-usable'), await read(clerk, 'bulk-stop'), await read(clerk, 'bulk-missed')], ['1', '0', '1'])
  await shoot(clerk, 'terminal-bulk-done')
  const path = await clerk.getByTestId('bulk-download').getAttribute('href')
  const csv = await clerk.evaluate((from) => fetch(from).then((r) => r.text()), path)
  assert.match(csv, new RegExp(`${good.driver.name},可用.*HY-`))
  assert.match(csv, new RegExp(`${other.name},不匹配或未授权,,,\\n`), 'a driver who did not consent is nobody')

  await visit(good.page, '/me/consents')
  await good.page.getByTestId('standing').waitFor()
  await shoot(good.page, 'driver-consents')
  await press(good.page, 'withdraw-standing')
  await press(good.page, 'withdraw-standing-confirm')
  await good.page.getByTestId('no-standing').waitFor()
  await visit(clerk, '/number')
  const after = await lookUp(clerk, good.driver)
  assert.deepEqual(after, before, 'no consent looks like nobody')
  await clerk.context().close()
})

let insurer

test('保险承保: by code, no photo, years of driving', async () => {
  insurer = (await terminalOf(server, camera.browser, 'insurer', { place: '安澜保险示范公司' })).page
  await chooseCar(insurer)
  await press(insurer, 'form-submit')
  await openCode(server, good.page)
  const seen = await scan(insurer, camera, (await photograph(good.page)).png)
  assert.deepEqual([seen.outcome, seen.word], ['usable', '可用'])
  await says(insurer, /驾龄/)
  assert.equal(await insurer.getByTestId('photo').count(), 0)
  await good.page.goto(server.url + '/driver/#/')
})

test('保险理赔: by claim and policy number, with the policy’s consent, as of the accident’s time', async () => {
  const clerk = insurer
  await press(clerk, 'next')
  await press(clerk, 'open-menu')
  await press(clerk, 'scenario-claim') // the form of a claim opens
  await visit(clerk, '/remote')
  const url = await request(clerk, 'standing', '保单约定：出险时核对驾驶资格', { 'policy-number': 'BD-2026-1' })
  await follow(url)
  await confirm()
  await visit(clerk, '/form')
  await chooseCar(clerk)
  await type(clerk, 'case-number', 'LP-2026-9')
  await type(clerk, 'policy-number', 'BD-2026-1')
  const then = new Date(Date.now() - 60_000 + 8 * 3600_000).toISOString().slice(0, 16)
  await type(clerk, 'accident-at', then)
  await shoot(clerk, 'terminal-claim-form')
  await press(clerk, 'form-submit')
  const seen = await lookUp(clerk, good.driver, '理赔核实')
  assert.equal(seen.word, '事故时可用')
  await says(clerk, /事故时被暂扣/)
  assert.ok(!(await all(clerk)).includes(good.driver.fileNumber))
  await clerk.context().close()
})

test('道路运输监管: the regulator looks up by law, with a reason, and is not told why a licence is not usable', async () => {
  const { page: clerk } = await terminalOf(server, camera.browser, 'regulator', { place: '道路运输管理处' })
  await chooseCar(clerk)
  await press(clerk, 'form-submit')
  await press(clerk, 'by-number')
  const seen = await lookUp(clerk, good.driver, '从业资格核查')
  assert.deepEqual([seen.outcome, seen.word], ['usable', '可用'])
  await visit(clerk, '/number')
  const held = await lookUp(clerk, server.driver('held-status:D'), '从业资格核查')
  assert.deepEqual([held.outcome, held.word, held.line], ['not_usable', '当前不能使用', '请驾驶人在本人手机上查看原因'])
  assert.ok(!/暂扣/.test(await all(clerk)))
  await clerk.context().close()
})

test('办理交管业务: bound to a case, the whole record, and the paper rule is said', async () => {
  const { page: clerk } = await terminalOf(server, camera.browser, 'window', { place: '服务窗口 3 号' })
  await type(clerk, 'case-number', 'YW-2026-77')
  await press(clerk, 'form-submit')
  await press(clerk, 'by-number')
  const seen = await lookUp(clerk, good.driver, '核实身份')
  assert.deepEqual([seen.outcome, seen.word], ['usable', '可用'])
  await says(clerk, new RegExp(`档案编号 ?${good.driver.fileNumber}`))
  assert.match(await read(clerk, 'paper'), /无须纸质驾驶证|不需要纸质/)
  await clerk.context().close()
})

test('执法查验: the auditor sees a watched person’s look-up at once, the officer nothing of it', async () => {
  const auditor = (await consoleOf(server, phones, 'audit')).page
  await auditor.goto(server.url + '/staff/#/audit')
  await press(auditor, 'watch')
  await type(auditor, 'watch-file', good.driver.fileNumber)
  await type(auditor, 'watch-why', '涉密岗位人员')
  await press(auditor, 'watch-add')
  await auditor.getByTestId('watched').waitFor()
  await shoot(auditor, 'staff-watch')
  await auditor.keyboard.press('Escape')

  const { page: officer } = await terminalOf(server, camera.browser, 'police')
  await press(officer, 'by-number')
  const seen = await lookUp(officer, good.driver, '核实身份')
  assert.deepEqual([seen.outcome, seen.word], ['usable', '可用'])
  assert.ok(!/关注|watched/.test(await all(officer)))

  await auditor.getByTestId('audit-flagged').check()
  await auditor.getByTestId('flag').first().waitFor()
  await says(auditor, /按号码和姓名核查驾驶证.*重点关注/)
  await shoot(auditor, 'staff-audit-flagged')
  await officer.context().close()

  const admin = (await consoleOf(server, phones, 'system')).page
  await admin.goto(server.url + '/staff/#/parties')
  await admin.getByText('示范市交警支队安澜大队').first().click()
  await admin.getByTestId('hours').first().click()
  await type(admin, 'hours-input', '08:00-20:00')
  await press(admin, 'hours-save')
  await admin.getByTestId('hours').filter({ hasText: '08:00-20:00' }).first().waitFor()
  await shoot(admin, 'staff-hours')
})

test('no page met trouble', () => assert.deepEqual(troubles, []))
