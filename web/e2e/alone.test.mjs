// A terminal without a network: what it says of a code, by a bundle that is
// fresh, old, rolled back or foreign, by a clock that was put back, of a phone
// that was ended; and what it reports afterwards.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera } from './browser.mjs'
import { driverOf, next, openCode, press, read, scan, selfContained, terminalOf } from './people.mjs'
import { startServer } from './server.mjs'

const HOUR = 3600_000
let server, phones, camera, phone, police, cookies

before(async () => {
  [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera()])
  phone = await driverOf(server, phones, 'holder:1')
  const parts = phone.page.waitForResponse((r) => r.url().endsWith('/api/driver/show/parts'))
  await openCode(server, phone.page)
  await (await parts).finished()
  await phone.page.waitForTimeout(900) // a bundle with the phone's list is signed every 300 ms
  police = await terminalOf(server, camera.browser, 'police')
  await newer('')
  cookies = (await phone.context.cookies()).map((c) => `${c.name}=${c.value}`).join('; ')
  await phone.page.locator('#offline').tap()
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

/** The bundle as this terminal keeps it, its bytes in a line. */
const kept = () => police.page.evaluate(() => new Promise((resolve) => {
  const open = indexedDB.open('edl-verify-offline')
  open.onsuccess = () => {
    const get = open.result.transaction('kept').objectStore('kept').get('kept')
    get.onsuccess = () => (open.result.close(), resolve([...(get.result?.bundle ?? [])].join()))
  }
}))

/** The line is said to be back, and the terminal asks for a bundle. */
const asks = () => police.page.evaluate(() => dispatchEvent(new Event('online')))

/** Waits until the terminal took another bundle. */
async function newer(than) {
  for (let n = 0; n < 160; n++) {
    await asks()
    await police.page.waitForTimeout(500)
    if ((await kept()) !== than) return kept()
  }
  assert.fail('no newer bundle was taken')
}

/** Offers a bundle in the server's place. */
async function offer(body) {
  await police.page.route('**/api/terminal/bundle*', (route) => route.fulfill({ body, contentType: 'application/cose' }))
  await Promise.all([police.page.waitForResponse((r) => r.url().includes('/api/terminal/bundle')), asks()])
  await police.page.waitForTimeout(500)
  await police.page.unroute('**/api/terminal/bundle*')
}

const off = (them) => Promise.all(them.map((p) => p.page.context().setOffline(true)))
const on = (them) => Promise.all(them.map((p) => p.page.context().setOffline(false)))

/** A code that nobody saw, off the phone's screen. */
let spent = ''
async function fresh() {
  const { text, png } = await selfContained(phone.page, spent)
  spent = text
  return png
}

/** Scans without a network, and lets the terminal judge by itself. */
async function alone() {
  const seen = await scan(police.page, camera, await fresh())
  if (seen.outcome === 'offline') {
    await press(police.page, 'check-alone')
    await police.page.waitForURL(/#\/offline/)
  }
  return { word: (await read(police.page, 'word')).replace(/\s/g, ''), tone: await police.page.getByTestId('verdict').getAttribute('data-tone') }
}

/** Moves the clocks of phone and terminal, as their owners might. */
const shift = (them, ms) => Promise.all(them.map((p) => p.page.evaluate((by) => {
  const real = (window.realNow ??= Date.now.bind(Date))
  Date.now = () => real() + by
  dispatchEvent(new Event('pointerdown')) // somebody is at work: the shift goes on
}, ms)))

test('the network off, the bundle fresh: 可用, how old the list is, the face; 人证一致 is queued', async () => {
  await off([police])
  assert.deepEqual(await alone(), { word: '可用', tone: 'usable' })
  assert.equal(await read(police.page, 'person-name'), phone.driver.name)
  assert.match(await read(police.page, 'list-age'), /分钟前.*上限 24 小时/)
  assert.match(await read(police.page, 'queued'), /第 1 条/)
  assert.equal(await police.page.getByTestId('person-number').count(), 0)
  await police.page.waitForFunction(() => { const i = document.querySelector('[data-testid=photo]'); return i?.complete && i.naturalWidth > 0 })
  await press(police.page, 'match-yes')
  await police.page.locator('[data-testid=match][data-match=true]').waitFor()
})

test('the clock put back: 时间不可信, never green', async () => {
  await next(police.page)
  await shift([police], -HOUR)
  assert.deepEqual(await alone(), { word: '时间不可信', tone: 'again' })
  await shift([police], 0)
  await next(police.page)
})

test('the list older than its limit: 真实，状态未知', async () => {
  await phone.context.setOffline(true)
  await shift([police, phone], 25 * HOUR)
  assert.deepEqual(await alone(), { word: '真实，状态未知', tone: 'warn' })
  assert.match(await read(police.page, 'meaning'), /不得据此认定/)
  await shift([police, phone], 0)
  await phone.context.setOffline(false)
  await next(police.page)
})

test('back online the queue is reported, and the driver sees who checked', async () => {
  const reported = police.page.waitForResponse((r) => r.url().endsWith('/api/terminal/offline-checks'))
  await on([police])
  await police.page.evaluate(() => dispatchEvent(new Event('online')))
  assert.equal((await reported).status(), 200)
  const { checks } = await fetch(server.url + '/api/driver/checks', { headers: { cookie: cookies } }).then((r) => r.json())
  assert.ok(checks.some((c) => c.way.zh === '离线，扫码' && c.word.zh === '可用' && c.personMatch === true), JSON.stringify(checks))
})

test('a bundle rolled back or foreign is not taken; the terminal keeps what it has', async () => {
  const { bundles } = JSON.parse(readFileSync(new URL('../../internal/offline/testdata/terminal.json', import.meta.url)))
  const before = await kept()
  await offer(Buffer.from(bundles.foreign, 'hex'))
  assert.equal(await kept(), before)
  const now = await newer(before)
  await offer(Buffer.from(before.split(',').map(Number)))
  assert.equal(await kept(), now)
})

test('the code of a phone that was ended: 这部手机已停用', async () => {
  await phone.context.setOffline(true)
  const { devices } = await fetch(server.url + '/api/driver/devices', { headers: { cookie: cookies } }).then((r) => r.json())
  const ended = await fetch(`${server.url}/api/driver/devices/${devices.find((d) => d.current).id}`, { method: 'DELETE', headers: { cookie: cookies, origin: server.url } })
  assert.equal(ended.status, 204)
  await newer(await kept())
  await off([police])
  const said = await alone()
  assert.equal(said.word, '这部手机已停用')
})
