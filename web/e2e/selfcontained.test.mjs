// The code for terminals without a network: the driver chooses it, 向交警出示
// says first what it shows, and a terminal's camera reads it off the screen.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera } from './browser.mjs'
import { driverOf, next, openCode, photograph, scan, terminalOf } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, camera, phone, police

before(async () => {
  [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera()])
  police = await terminalOf(server, camera.browser, 'police')
  phone = await driverOf(server, phones, 'holder:1')
  const parts = phone.page.waitForResponse((r) => r.url().endsWith('/api/driver/show/parts'))
  await openCode(server, phone.page)
  await (await parts).finished()
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

const form = () => phone.page.evaluate(() => document.body.dataset.form)
const length = async () => (await phone.page.locator('#code').getAttribute('data-code')).length
const longer = (than) => phone.page.waitForFunction((n) => document.querySelector('#code').dataset.code.length > n, than)

test('离线出示 without a network: a code of version 26 at most, that a terminal reads off the screen', async () => {
  await phone.context.setOffline(true)
  await phone.page.locator('#offline').tap()
  await longer(800)
  assert.equal(await form(), 'qualification')
  assert.ok((await length()) <= 1542, `${await length()} characters; version 26-M holds 1542`)
  assert.match(await phone.page.locator('#formnote').innerText(), /没有证号/)
  const seen = await scan(police.page, camera, (await photograph(phone.page)).png)
  assert.deepEqual([seen.outcome, seen.word], ['usable', '可用'])
  await next(police.page)
})

test('向交警出示 says first what it shows; 不了 shows nothing, 出示 makes the full code', async () => {
  const { page } = phone
  await page.locator('#police').tap()
  const said = (await page.locator('#tell').innerText()).replace(/\s+/g, '')
  for (const what of ['姓名', '证号', '出生日期', '累积记分', '状态']) assert.ok(said.includes(what), `it does not say ${what}`)
  assert.equal(await form(), 'qualification')
  await page.locator('#tellno').tap()
  assert.equal(await form(), 'qualification')
  const before = await length()
  await page.locator('#police').tap()
  await page.locator('#tellyes').tap()
  await longer(before)
  assert.equal(await form(), 'full')
  assert.ok((await length()) <= 1994)
  const seen = await scan(police.page, camera, (await photograph(page)).png)
  assert.deepEqual([seen.outcome, seen.word], ['usable', '可用'])
  await next(police.page)
})

test('pressed again, or opened again, the page shows the short code', async () => {
  const { page } = phone
  await page.locator('#police').tap()
  await page.waitForFunction(() => document.querySelector('#code').dataset.code.length === 154)
  assert.equal(await form(), 'short')
  await page.locator('#offline').tap()
  await longer(800)
  await phone.context.setOffline(false)
  await openCode(server, page)
  assert.equal(await length(), 154)
})
