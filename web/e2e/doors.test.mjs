// How a terminal and its operator come in, and how a window lets a phone in:
// the one-time code of a terminal, an operator's passkey, the QR on the desk.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import { launch, openPage, phoneView, troubles } from './browser.mjs'
import { all, consoleOf, press, read, says, sentence, signIn, terminalOf, type, withAuthenticator } from './people.mjs'
import { startServer } from './server.mjs'

let server, browser, terminal

before(async () => { [server, browser] = await Promise.all([startServer(), launch()]) })
after(async () => {
  await browser?.close()
  await server?.stop()
})

prepareZXingModule({ overrides: { wasmBinary: readFileSync(new URL(import.meta.resolve('zxing-wasm/reader/zxing_reader.wasm'))).buffer } })

/** What a phone's camera reads off a part of a screen. */
async function readQR(locator) {
  const [found] = await readBarcodes(new Uint8Array(await locator.screenshot()), { formats: ['QRCode'] })
  assert.ok(found?.isValid, 'the screen shows a QR')
  return found.text
}

test('a code enrols one terminal: the next that tries it is refused in one sentence', async () => {
  const code = server.party('rental').codes[0]
  terminal = await terminalOf(server, browser, 'rental')

  const second = await openPage(browser, { ...phoneView, permissions: ['camera'] })
  await second.goto(server.url + '/verify/')
  await type(second, 'enrol-code', code)
  await type(second, 'enrol-name', '抄来的')
  await type(second, 'enrol-place', '别处')
  await press(second, 'enrol-submit')
  await second.getByRole('alert').first().waitFor()
  await says(second, /启用码.*(已|无效|过期)/)
  assert.equal(await second.getByTestId('operator-number').count(), 0)
  await second.context().close()
})

test('an operator adds a passkey and signs in with it instead of the PIN; another operator’s number does not go with it', async () => {
  const { page, operator, party } = terminal
  await withAuthenticator(page)
  await press(page, 'open-menu')
  await press(page, 'add-passkey')
  await page.getByText('通行密钥已加好').waitFor()
  await press(page, 'sign-out')
  await page.getByTestId('operator-number').waitFor()

  const other = party.operators.find((o) => o.number !== operator.number)
  await type(page, 'operator-number', other.number)
  await press(page, 'sign-in-passkey')
  await page.getByRole('alert').first().waitFor()
  assert.equal(await page.getByTestId('open-menu').count(), 0, 'nobody is signed in')

  await type(page, 'operator-number', operator.number)
  await press(page, 'sign-in-passkey')
  await page.getByTestId('open-menu').waitFor()
  await page.context().close()
})

test('the window’s QR, read off the desk’s screen, binds one phone without a code, and no other', async () => {
  const desk = (await consoleOf(server, browser, 'window')).page
  const driver = server.driver('holder:5')
  await type(desk, 'case-number', 'CK-0007')
  await type(desk, 'number', driver.number)
  await type(desk, 'file-number', driver.fileNumber)
  await press(desk, 'seen-person')
  await press(desk, 'window-start')
  await press(desk, 'task-bind')
  await desk.getByTestId('bind-url').waitFor()
  const url = await readQR(desk.locator('.qrbox'))
  assert.equal(url, await read(desk, 'bind-url'))
  assert.ok(url.startsWith(server.url + '/driver/'), url)

  const phone = await openPage(browser)
  await signIn(server, phone, '19911113333') // a number the register does not know
  const sent = server.messages().filter((m) => m.code).length
  await phone.goto(url)
  await phone.reload()
  await press(phone, 'consent-number')
  await press(phone, 'consent-privacy')
  await press(phone, 'bind')
  await phone.getByTestId('opening').waitFor()
  assert.equal(await sentence(phone, 'opening'), '状态正常，可凭此证驾驶机动车')
  assert.equal(server.messages().filter((m) => m.code).length, sent, 'no code was sent')
  await desk.getByTestId('bind-url').waitFor({ state: 'detached' })

  const thief = await openPage(browser)
  await signIn(server, thief, '19911114444')
  await thief.goto(url)
  await thief.reload()
  await press(thief, 'consent-number')
  await press(thief, 'consent-privacy')
  await press(thief, 'bind')
  await thief.getByRole('alert').first().waitFor()
  assert.ok(!(await all(thief)).includes(driver.name))
  for (const page of [desk, phone, thief]) await page.context().close()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
