// R9: an administrator adds 代驾核验 without a new program, grants it to a firm,
// whose clerk uses it, and switches it off again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera, troubles } from './browser.mjs'
import { consoleOf, driverOf, openCode, photograph, press, read, scan, terminalOf, type } from './people.mjs'
import { startServer } from './server.mjs'

let server, browser, camera, console_, firm, clerk, phone

before(async () => {
  [server, browser, camera] = await Promise.all([startServer(), launch(), launchWithCamera()])
  console_ = (await consoleOf(server, browser, 'system')).page
})
after(async () => {
  await Promise.all([browser?.close(), camera?.close()])
  await server?.stop()
})

test('R9 it is added as data: its name, who may have it, its ways, what it gives', async () => {
  await press(console_, 'door-scenarios')
  await press(console_, 'scenario-add')
  await type(console_, 'scenario-zh', '代驾核验')
  await type(console_, 'scenario-en', 'Chauffeur check')
  await type(console_, 'scenario-id', 'chauffeur')
  for (const id of ['kind-other', 'way-consent', 'field-photo', 'field-class_covers', 'field-years_driving']) await press(console_, id)
  await press(console_, 'scenario-save')
  const row = console_.getByTestId('scenarios').locator('tr', { hasText: '代驾核验' })
  await row.waitFor()
  const said = (await row.innerText()).replace(/\s+/g, ' ')
  assert.match(said, /扫码、远程同意/)
  assert.match(said, /车型/)
  assert.equal(await console_.getByTestId('scenario-chauffeur').isChecked(), false, 'it begins switched off')
})

test('R9 it is switched on and granted to a firm, which gets a terminal and an operator', async () => {
  await press(console_, 'scenario-chauffeur')
  await console_.locator('[data-testid=scenario-chauffeur]:checked').waitFor()
  await press(console_, 'door-parties')
  await press(console_, 'party-add')
  await type(console_, 'party-name', '示范代驾有限公司')
  await type(console_, 'party-uscc', '91330105MA00000N3' + uscc('91330105MA00000N3'))
  await type(console_, 'party-contact', '客服')
  await type(console_, 'party-phone', '0571-88880000')
  await press(console_, 'grant-chauffeur')
  await press(console_, 'party-save')
  await press(console_, 'code-make')
  const code = (await read(console_, 'code')).replace(/\s/g, '')
  await press(console_, 'code-done')
  await press(console_, 'operator-add')
  await type(console_, 'operator-name', '沈望舒')
  await type(console_, 'operator-number', '0066')
  await press(console_, 'operator-save')
  const pin = (await read(console_, 'pin')).replace(/\s/g, '')
  await press(console_, 'pin-done')
  firm = { name: '示范代驾', codes: [code], operators: [{ number: '0066', pin }] }
})

test('R9 its clerk says the vehicle, scans, and learns what was chosen and no more', async () => {
  clerk = (await terminalOf(server, camera.browser, '', { party: firm })).page
  await press(clerk, 'more-vehicles')
  await press(clerk, 'vehicle-C1')
  await press(clerk, 'form-submit')
  phone = await driverOf(server, browser, 'holder:1')
  await openCode(server, phone.page)
  const seen = await scan(clerk, camera, (await photograph(phone.page)).png)
  assert.deepEqual([seen.outcome, seen.word], ['usable', '可用'])
  assert.match(await clerk.locator('main').innerText(), /驾龄/)
  const text = await clerk.locator('body').innerText()
  assert.ok(!text.includes(phone.driver.name) && !text.includes(phone.driver.fileNumber), 'neither name nor file number')
  await press(clerk, 'next')
  await clerk.getByTestId('remote').waitFor() // the other way that was chosen
})

test('R9 switched off, it is refused at the next scan and no longer offered', async () => {
  await press(console_, 'door-scenarios')
  await press(console_, 'scenario-chauffeur')
  await press(console_, 'sure-yes')
  await console_.locator('[data-testid=scenario-chauffeur]:not(:checked)').waitFor()
  await openCode(server, phone.page) // another code: the last is spent
  const seen = await scan(clerk, camera, (await photograph(phone.page)).png)
  assert.notEqual(seen.outcome, 'usable')
  const session = await clerk.evaluate(() => fetch('/api/terminal/session').then((r) => r.json()))
  assert.deepEqual(session.scenarios, [])
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))

/** The check character of a unified social credit code (GB 32100-2015). */
function uscc(first17) {
  const letters = '0123456789ABCDEFGHJKLMNPQRTUWXY'
  const sum = [...first17].reduce((total, c, i) => total + letters.indexOf(c) * (3 ** i % 31), 0)
  return letters[(31 - (sum % 31)) % 31]
}
