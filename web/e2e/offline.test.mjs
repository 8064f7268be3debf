// Without a network: the driver's phone still makes codes that a terminal
// takes; the terminal says that it cannot check, and does when it can.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera, troubles } from './browser.mjs'
import { driverOf, next, openCode, photograph, press, read, scan, sentence, terminalOf, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, camera, phone, police, spent

before(async () => {
  [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera()])
  police = await terminalOf(server, camera.browser, 'police')
  phone = await driverOf(server, phones, 'holder:1')
  await visit(phone.page, '/licence')
  await phone.page.getByTestId('electronic-name').waitFor({ state: 'attached' })
  await phone.page.waitForFunction(() => navigator.serviceWorker.controller)
  await openCode(server, phone.page)
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

test('R1 after one visit 亮码 opens cold without a network, and a terminal takes its code', async () => {
  await phone.page.close()
  await phone.context.setOffline(true)
  phone.page = await phone.context.newPage()
  await openCode(server, phone.page)
  await phone.page.locator('#fresh', { hasText: '未联网' }).waitFor()
  assert.equal(await phone.page.locator('#word').innerText(), '可以使用')
  const { png, text } = await photograph(phone.page)
  spent = text
  const seen = await scan(police.page, camera, png)
  assert.deepEqual([seen.outcome, seen.word], ['usable', '可用'])
})

test('R1 我的驾驶证 opens without a network from what this phone kept, and says how old that is', async () => {
  const page = await phone.context.newPage()
  await page.goto(server.url + '/driver/#/licence')
  await page.getByTestId('checked-at').waitFor()
  assert.match(await read(page, 'checked-at'), /核对$/)
  assert.equal(await sentence(page, 'electronic-name'), '机动车驾驶证（电子版）')
  await page.close()
})

/** Nobody told the phone of the check: its next code comes when the time of this one is over. */
const newCode = () => phone.page.waitForFunction((old) => document.querySelector('#code').dataset.code !== old, spent)

test('R4 a terminal without a network says 终端未联网, keeps the code, and checks it when the line is back', async () => {
  await next(police.page)
  await police.page.context().setOffline(true)
  await newCode()
  const seen = await scan(police.page, camera, (await photograph(phone.page)).png)
  assert.deepEqual([seen.outcome, seen.word, seen.line], ['offline', '终端未联网', '无法核查状态'])
  await police.page.getByTestId('reconnecting').waitFor()
  await police.page.context().setOffline(false)
  await police.page.locator('[data-testid=verdict][data-outcome=usable]').waitFor()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
