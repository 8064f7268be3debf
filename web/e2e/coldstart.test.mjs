// A terminal that is switched off and on again where there is no network: it
// opens from what it kept, goes on in the shift that was open, says that nobody
// confirmed who checks, and reports that when somebody has signed in.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { deviceWithCamera, launch, troubles } from './browser.mjs'
import { driverOf, eventually, next, openCode, press, read, scan, secretPIN, selfContained, terminalAt, type } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, device, phone, officer, terminal

before(async () => {
  [server, phones] = await Promise.all([startServer(), launch()])
  device = deviceWithCamera()
  phone = await driverOf(server, phones, 'holder:1')
  const parts = phone.page.waitForResponse((r) => r.url().endsWith('/api/driver/show/parts'))
  await openCode(server, phone.page)
  await (await parts).finished()
  await phone.page.waitForTimeout(900) // a bundle with the phone's list is signed every 300 ms
  terminal = await device.on(server.url + '/verify/')
  ;({ operator: officer } = await terminalAt(server, terminal, 'police'))
  await terminal.waitForFunction(() => navigator.serviceWorker.controller)
  await hasBundle()
  await phone.page.locator('#offline').tap()
})
after(async () => {
  await Promise.all([phones?.close(), device?.close()])
  await server?.stop()
})

/** Waits for the bundle, which comes with the sign-in. */
async function hasBundle() {
  await eventually(() => terminal.evaluate(() => new Promise((resolve) => {
    const open = indexedDB.open('edl-verify-offline')
    open.onsuccess = () => {
      const get = open.result.transaction('kept').objectStore('kept').get('kept')
      get.onsuccess = () => (open.result.close(), resolve(Object.keys(get.result?.lists ?? {}).length > 0))
    }
  })))
}

/** A code that nobody saw, off the phone's screen. */
let spent = ''
async function fresh() {
  const { text, png } = await selfContained(phone.page, spent)
  spent = text
  return png
}

/** Switches the terminal off, and on where there is no network. */
async function restart(options = { offline: true }) {
  await device.off()
  terminal = await device.on(server.url + '/verify/', options)
}

/** The word on the band, for a picture of a code. */
const judged = async (png) => (await scan(terminal, device, png)).word.replace(/\s/g, '')
let shown // a picture of the code that was checked

test('switched off and on without a network, the terminal opens and says what works', async () => {
  await restart()
  await terminal.getByTestId('no-line').filter({ hasText: officer.number }).waitFor() // once it has read what it kept
  assert.match(await read(terminal, 'no-line'), new RegExp(`没有网络，登录不了.*${officer.number}.*12 小时内.*操作员未经确认`))
  assert.equal(await terminal.getByTestId('operator-number').inputValue(), officer.number)
})

test('a code that carries its own proof is checked by what was kept', async () => {
  await press(terminal, 'go-on')
  await terminal.locator('[data-testid=net][data-alive=false]').waitFor()
  assert.match(await read(terminal, 'open-menu'), /未确认/)
  shown = await fresh()
  assert.equal(await judged(shown), '可用')
  assert.equal(await read(terminal, 'person-name'), phone.driver.name)
  assert.match(await read(terminal, 'list-age'), /上限 24 小时/)
  await press(terminal, 'match-yes')
  await terminal.locator('[data-testid=match][data-match=true]').waitFor()
})

test('pages that need the server are not open meanwhile', async () => {
  for (const path of ['/history', '/number', '/bulk']) {
    await terminal.evaluate((to) => void (location.hash = to), `#${path}`)
    await terminal.waitForURL(/#\/scan/)
  }
})

test('the queue outlives another start; the code that is in it is 码已用过', async () => {
  await restart()
  await press(terminal, 'go-on')
  assert.equal(await judged(shown), '码已用过')
  await next(terminal)
})

test('a clock put back while it was off is not believed', async () => {
  await terminal.evaluate(() => {
    const real = Date.now.bind(Date)
    Date.now = () => real() - 3600_000
    dispatchEvent(new Event('pointerdown')) // somebody is at work: the shift goes on
  })
  assert.equal(await judged(await fresh()), '时间不可信')
  await restart()
  await press(terminal, 'go-on')
})

test('with a network again it is the operator’s turn to sign in; the driver sees that nobody confirmed who checked', async () => {
  const reported = terminal.waitForResponse((r) => r.url().endsWith('/api/terminal/offline-checks'))
  await terminal.context().setOffline(false)
  await terminal.evaluate(() => dispatchEvent(new Event('online')))
  // The session outlived the switch; ended, it has to be opened anew.
  const resumed = await Promise.race([
    terminal.locator('[data-testid=net][data-alive=true]').waitFor().then(() => true),
    terminal.getByTestId('pin').waitFor().then(() => false),
  ])
  if (!resumed) await type(terminal, 'pin', secretPIN)
  assert.equal((await reported).status(), 200)
  const cookie = (await phone.context.cookies()).map((c) => `${c.name}=${c.value}`).join('; ')
  const { checks } = await fetch(server.url + '/api/driver/checks', { headers: { cookie } }).then((r) => r.json())
  const unconfirmed = '离线，扫码，操作员未经确认'
  assert.deepEqual(checks.map((c) => [c.way.zh, c.word.zh, c.operatorNumber, c.personMatch ?? null]).sort(), [[unconfirmed, '可用', officer.number, true], [unconfirmed, '时间不可信', officer.number, null]])
})

test('an ended shift does not go on: the terminal opens, and asks for a network', async () => {
  await press(terminal, 'open-menu')
  await press(terminal, 'sign-out')
  await terminal.getByTestId('operator-number').waitFor()
  await restart()
  assert.match(await read(terminal, 'no-line'), /连上网络再登录/)
  assert.equal(await terminal.getByTestId('go-on').count(), 0)
})

test('the terminal’s worker answers for the terminal alone', async () => {
  const scopes = await terminal.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).map((r) => new URL(r.scope).pathname))
  assert.deepEqual(scopes, ['/verify/'])
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
