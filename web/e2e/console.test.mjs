// The console of those who run the house: the codes of certificates, the log
// by who did it; and the demonstration's clock, moved by a press.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { after, before, test } from 'node:test'
import { deskView, launch, openPage, troubles } from './browser.mjs'
import { consoleOf, driverOf, hold, press, read, type, visit } from './people.mjs'
import { binary, startServer } from './server.mjs'

let server, browser, system, auditor

before(async () => { [server, browser] = await Promise.all([startServer(), launch()]) })
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('the administrator enters the codes of certificate identifiers, which the next licence bears', async () => {
  system = await consoleOf(server, browser, 'system')
  const { page } = system
  await press(page, 'door-settings')
  await page.getByTestId('certificate').waitFor()
  assert.match(await read(page, 'certificate-example'), /不带标识/)
  await type(page, 'type-code', '示例')
  await type(page, 'issuer-code', '11330105002500287C')
  await press(page, 'certificate-save')
  await page.getByTestId('certificate').getByRole('alert').waitFor()
  await type(page, 'type-code', '11100000000013338w009')
  await press(page, 'certificate-save')
  await page.getByTestId('certificate').getByRole('status').waitFor()
  const start = '1.2.156.3005.2.11100000000013338W009.11330105002500287C.'
  assert.ok((await read(page, 'certificate-example')).includes(start))

  const { page: phone, context } = await driverOf(server, browser, 'route:onfile')
  await visit(phone, '/electronic')
  await phone.getByTestId('prompt').waitFor()
  await press(phone, 'consent-number')
  await press(phone, 'consent-face')
  await press(phone, 'apply')
  await phone.locator('[data-testid=due-card][data-status=issued]').waitFor()
  await visit(phone, '/electronic')
  assert.ok((await read(phone, 'identifier')).startsWith(start))
  await context.close()
})

test('the auditor sees by name who did it, and what else that person did', async () => {
  auditor = (await consoleOf(server, browser, 'audit')).page
  const page = auditor
  await press(page, 'door-audit')
  await page.getByTestId('audit-row').filter({ hasText: '修改电子证照标识的编码' }).click()
  await page.getByTestId('audit-entry').getByText(system.member.name).first().waitFor()
  await press(page, 'audit-only')
  await page.getByTestId('audit-entry').waitFor({ state: 'detached' })
  await page.waitForFunction((name) => { const who = [...document.querySelectorAll('[data-testid=audit] tbody td:nth-child(3) .who')]; return who.length > 0 && who.every((e) => e.textContent === name) }, system.member.name)
  await type(page, 'audit-actor', '没有这个人')
  await press(page, 'audit-find')
  await page.getByTestId('audit').waitFor({ state: 'detached' })
  await type(page, 'audit-actor', system.member.login)
  await press(page, 'audit-find')
  await page.getByTestId('audit-row').filter({ hasText: '修改电子证照标识的编码' }).waitFor()
})

test('the auditor reads what it was done to by kind and number, and keeps the identifier', async () => {
  const page = auditor
  await type(page, 'audit-actor', '')
  await press(page, 'audit-find')
  const on = (deed) => page.getByTestId('audit').locator('tbody tr').filter({ hasText: deed }).first().getByTestId('audit-on')
  await on('提交申请').waitFor()
  assert.match(await on('提交申请').innerText(), /^申请\s+SQ\d{10}$/)
  assert.match(await on('核发电子驾驶证').innerText(), /^电子证\s+1\.2\.156\.3005\./)
  assert.match(await on('绑定手机').innerText(), /^手机\s+….{6}$/)
  assert.match(await on('修改电子证照标识的编码').innerText(), /^系统设置$/)
  await page.getByTestId('audit-row').filter({ hasText: '提交申请' }).first().click()
  const entry = page.getByTestId('audit-entry')
  await entry.waitFor()
  assert.equal(await entry.locator('.raw code').count(), 2) // of the application, and of the licence
  assert.notEqual(await entry.locator('[data-detail] dt').count(), 0)
  assert.equal(await entry.locator('[data-detail] dt code').count(), 0, 'each fact has a name')
  assert.match(await entry.locator('[data-detail=kind]').innerText(), /首次申领/) // and a code its words
  assert.match(await entry.locator('[data-detail=route]').innerText(), /在档照片|拍照|相册/)
  if (process.env.EDL_SHOTS) await page.screenshot({ path: `${process.env.EDL_SHOTS}/audit-entry.png` })
  await press(page, 'audit-whose')
  await entry.waitFor({ state: 'detached' })
  await on('修改电子证照标识的编码').waitFor({ state: 'detached' })
  assert.match(await on('绑定手机').innerText(), /^手机/)
  await type(page, 'audit-person', '')
})

test('what was done to the keys on the server is in the log, in words', async () => {
  execFileSync(binary, ['keys', 'rotate', '--now', '--use', 'bundle', '--data', server.dir])
  const page = auditor
  await type(page, 'audit-actor', 'edl')
  const rotated = page.getByTestId('audit-row').filter({ hasText: '在服务器上轮换签名密钥' })
  for (const until = Date.now() + 30_000; await rotated.count() === 0 && Date.now() < until;) { // a server looks every two seconds
    await press(page, 'audit-find')
    await page.waitForTimeout(500)
  }
  await rotated.first().click()
  const entry = page.getByTestId('audit-entry')
  await entry.waitFor()
  for (const [name, words] of Object.entries({ by: /^服务器上的用户.+@/, keys_retired: /^停用bundle [0-9a-f]{16} \(SHA-256 [0-9a-f]{64}/, keys_signs: /^开始签名bundle / })) {
    assert.match((await entry.locator(`[data-detail=${name}]`).innerText()).replace(/\n/g, ''), words)
  }
  await entry.getByTestId('box-close').click()
})

test('the auditor sees how often input was refused and why, and that one caller did it', async () => {
  for (const number of ['HY-260101-000001', 'HY-260101-000002', 'HY-260101-000003']) {
    const answer = await fetch(`${server.url}/api/public/receipts/${number}?k=guessed`)
    assert.equal(answer.status, 404)
  }
  const page = auditor
  await press(page, 'refusals')
  const row = page.getByTestId('refused').locator('tbody tr').filter({ hasText: '核验回执号不对' })
  await row.waitFor()
  assert.deepEqual((await row.locator('td').allInnerTexts()).slice(1), ['3', '1', '3'])
  await press(page, 'refused-168')
  await row.waitFor()
  await page.getByRole('button', { name: '关闭' }).last().click()
  await page.reload()
  await page.getByTestId('audit-row').filter({ hasText: '查看被拒绝输入的计数' }).first().waitFor()
})

test('what is chosen while the page still reads is read too, and nothing stands for it before', async () => {
  const page = auditor // signed in once: a one-time code serves once
  const lists = await hold(page, /\/api\/staff\/audit\?/)
  await press(page, 'audit-find')
  const flagged = page.waitForRequest(/\/audit\?.*flagged=true/)
  await page.getByTestId('audit-flagged').check()
  await flagged
  lists()

  await press(page, 'refusals')
  await page.getByTestId('refused').waitFor()
  const counts = await hold(page, /\/audit\/refusals/)
  for (const hours of ['720', '168']) {
    const asked = page.waitForRequest((r) => r.url().endsWith(`hours=${hours}`))
    await press(page, `refused-${hours}`)
    await asked
    await page.getByTestId('refused').waitFor({ state: 'detached' })
  }
  counts()
  await page.getByTestId('refused').waitFor()
  await page.context().close()

  await visit(system.page, '/calendar')
  await system.page.getByTestId('known-through').waitFor()
  const years = await hold(system.page, /\/api\/staff\/calendar/)
  const last = new Date(server.now()).getFullYear() + 4
  const read = system.page.waitForRequest((r) => r.url().endsWith(`year=${last}`))
  for (let n = 0; n < 3; n++) await system.page.keyboard.press('ArrowRight')
  await read
  years()
  await system.page.getByTestId('known-through').waitFor()
})

test('the demonstration’s clock goes a day on at a press, and what is due moves with it', async () => {
  const page = await openPage(browser, deskView)
  await page.goto(server.url + '/demo/')
  const time = async () => Date.parse((await read(page, 'platform-time')).replace(' ', 'T'))
  await page.getByTestId('clock-day').waitFor()
  const start = await time()
  await press(page, 'clock-day')
  await page.waitForFunction((from) => Date.parse(document.querySelector('[data-testid=platform-time]').textContent.trim().replace(' ', 'T')) - from > 86_300_000, start)
  assert.ok((await time()) - start < 2 * 86_400_000)
  await page.context().close()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
