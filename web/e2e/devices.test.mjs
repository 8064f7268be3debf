// The driver's phones and keys: a new one by approval and by binding again, one
// ended, a key that is lost, a number that two share, passkeys.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openPage, troubles } from './browser.mjs'
import { all, bind, consoleOf, driverOf, openCode, press, read, says, sentence, signIn, type, visit, withAuthenticator } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, old

before(async () => {
  [server, phones] = await Promise.all([startServer(), launch()])
  old = await driverOf(server, phones, 'holder:1')
})
after(async () => {
  await phones?.close()
  await server?.stop()
})

test('a new phone is let in by the old one, both showing the same two digits', async () => {
  const page = await openPage(phones)
  await signIn(server, page, old.driver.phone)
  await visit(page, '/device')
  const digits = await read(page, 'match')
  assert.match(digits, /^\d\d$/)
  assert.equal(await read(old.page, 'match'), digits)
  await press(old.page, 'device-allow')
  await page.getByTestId('opening').waitFor()
  await openCode(server, page)
  await page.context().close()
})

test('the old one, which is bound already, is told so and asks nobody', async () => {
  const asked = []
  old.page.on('request', (r) => { if (r.method() === 'POST' && /device-requests/.test(r.url())) asked.push(r.url()) })
  for (const way of ['/device', '/rebind']) {
    await visit(old.page, '/licence')
    await old.page.getByTestId('opening').waitFor()
    await visit(old.page, way)
    await old.page.getByTestId('bound').waitFor()
  }
  assert.deepEqual(asked, [])
  await press(old.page, 'see-licence')
  await old.page.getByTestId('opening').waitFor()
})

test('a phone ended in three taps makes no code any more, and says 重新绑定', async () => {
  const second = await openPage(phones)
  await signIn(server, second, old.driver.phone)
  await bind(server, second, old.driver)
  await second.getByTestId('opening').waitFor()
  await visit(second, '/messages')

  await press(old.page, 'tab-me')
  const others = old.page.locator('[data-testid=devices] li[data-current=false]')
  await others.nth(1).waitFor()
  for (let left = await others.count(); left > 0; left--) {
    await others.first().getByTestId('end-device').tap()
    await press(old.page, 'end-device-confirm')
    await old.page.waitForFunction((n) => document.querySelectorAll('[data-testid=devices] li[data-current=false]').length === n, left - 1)
  }
  await second.goto(server.url + '/driver/')
  await second.reload()
  await second.getByTestId('send-code').waitFor()
  await signIn(server, second, old.driver.phone)
  await second.getByTestId('rebind-title').waitFor()
  assert.equal(await read(second, 'rebind-title'), '这台手机已停用')
  await second.goto(server.url + '/driver/code/')
  await second.locator('body.plain.rebind').waitFor()
  assert.equal(await second.locator('#code[data-code]').count(), 0)
  await second.context().close()
})

test('binding another phone tells the old one', async () => {
  const page = await openPage(phones)
  await signIn(server, page, old.driver.phone)
  await bind(server, page, old.driver)
  await page.getByTestId('opening').waitFor()
  await visit(old.page, '/messages')
  await old.page.locator('[data-testid=message][data-kind=device]').first().waitFor()
  await page.context().close()
})

test('a lost key is one clear page, 重新绑定, and back without a new application', async () => {
  const { page, driver, context } = await driverOf(server, phones, 'holder:2')
  await page.evaluate(() => new Promise((resolve, reject) => {
    const open = indexedDB.open('edl')
    open.onsuccess = () => {
      const gone = open.result.transaction('keys', 'readwrite')
      gone.objectStore('keys').clear()
      gone.oncomplete = () => { open.result.close(); resolve() }
      gone.onerror = reject
    }
  }))
  await page.goto(server.url + '/driver/code/')
  await page.locator('body.plain.rebind').waitFor()
  assert.match(await page.locator('#title').innerText(), /钥匙不见了/)
  await page.locator('#first').tap()
  await page.getByTestId('rebind-title').waitFor()
  await says(page, /重新绑定约 1 分钟，不用重新申领/)
  await bind(server, page, driver)
  await page.getByTestId('opening').waitFor()
  assert.equal(await sentence(page, 'opening'), '状态正常，可凭此证驾驶机动车')
  await openCode(server, page)
  await context.close()
})

test('two drivers who share a number each see their own licence', async () => {
  const one = await driverOf(server, phones, 'phone:shared1')
  const two = await driverOf(server, phones, 'phone:shared2')
  assert.equal(one.driver.phone, two.driver.phone)
  for (const [mine, other] of [[one, two], [two, one]]) {
    await visit(mine.page, '/electronic')
    await mine.page.getByTestId('apply-checks').waitFor()
    await visit(mine.page, '/')
    await mine.page.getByTestId('opening').waitFor()
    const shown = await all(mine.page)
    assert.ok(shown.includes(mine.driver.name) && !shown.includes(other.driver.name))
  }
  await one.context.close()
  await two.context.close()
})

test('a driver adds a passkey and signs in with it instead of a text message', async () => {
  const { page, context } = await driverOf(server, phones, 'holder:3')
  await withAuthenticator(page)
  await visit(page, '/me/passkeys')
  await press(page, 'add-passkey')
  await page.getByTestId('passkeys').waitFor()
  await visit(page, '/me')
  await press(page, 'sign-out')
  await press(page, 'sign-out-confirm')
  const codes = () => server.messages().filter((m) => m.code).length
  const sent = codes()
  await press(page, 'passkey')
  await page.getByTestId('opening').waitFor()
  assert.equal(codes(), sent, 'no code was sent')
  await context.close()
})

test('staff add a passkey and sign in with it instead of password and code', async () => {
  const { page, member } = await consoleOf(server, phones, 'window')
  await withAuthenticator(page)
  await press(page, 'door-me')
  await type(page, 'passkey-name', '窗口 1 号')
  await press(page, 'passkey-add')
  await page.getByText('窗口 1 号').waitFor()
  await press(page, 'sign-out')
  await press(page, 'passkey')
  await page.getByTestId('who').waitFor()
  assert.equal(await read(page, 'who'), member.name)
  await page.context().close()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
