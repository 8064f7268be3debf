// The main pages as everybody can use them: axe finds nothing in light, dark
// and large; nothing is asked of another origin; the policy is never broken.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera, openPage, troubles } from './browser.mjs'
import { consoleOf, driverOf, openCode, press, settled, terminalOf, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const looks = { light: { 'edl-theme': 'light' }, dark: { 'edl-theme': 'dark' }, large: { 'edl-theme': 'light', 'edl-size': 'large' } }

let server, phones, camera

before(async () => { [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera()]) })
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

/** What axe has against the page as it stands; what moves has come to rest. */
async function faults(page) {
  await page.evaluate(() => Promise.all(document.getAnimations().filter((a) => a.effect.getComputedTiming().endTime < 2000).map((a) => a.finished.catch(() => {}))))
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  return violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
}

/** Text of the large view below 18 px; the demonstration's own mark is no text of the page's. */
const tooSmall = (page) => page.evaluate(() => {
  const found = new Set(), texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const { data, parentElement: e } = texts.currentNode
    const px = parseFloat(getComputedStyle(e).fontSize)
    if (data.trim() && px < 18 && e.getClientRects().length && !e.closest('.sr, .demotag')) found.add(`${px} px: ${e.parentElement.className} ${e.localName} “${data.trim().slice(0, 12)}”`)
  }
  return [...found]
})

/** Wears each look in turn and collects what is wrong on each page. */
async function everywhere(page, begin, paths, ready) {
  const found = {}
  for (const [look, settings] of Object.entries(looks)) {
    await page.evaluate((s) => { for (const k of ['edl-theme', 'edl-size']) s[k] ? localStorage.setItem(k, s[k]) : localStorage.removeItem(k) }, settings)
    await page.goto(paths[0] ? `${begin}#${paths[0]}` : begin) // by its address: a router that still starts would lead away again
    await page.reload()
    for (const path of paths) {
      if (path !== paths[0]) await visit(page, path)
      await ready(page)
      const wrong = [...await faults(page), ...(look === 'large' && begin.includes('/verify/') ? await tooSmall(page) : [])]
      if (wrong.length) found[`${look} ${path || begin}`] = wrong
    }
  }
  return found
}

test('axe finds nothing on the driver’s pages in light, dark and large', async () => {
  const { page } = await driverOf(server, phones, 'holder:1')
  const paths = ['/', '/licence', '/licence/abroad', '/licence/data', '/electronic', '/messages', '/checks', '/progress', '/paper', '/feedback', '/me', '/me/data', '/me/consents', '/photo/rules?for=change', '/rebind', '/privacy']
  assert.deepEqual(await everywhere(page, server.url + '/driver/', paths, settled), {})
})

test('axe finds nothing on 亮码, usable and not, in light, dark and large', async () => {
  for (const key of ['holder:2', 'held-status:B']) {
    const { page } = await driverOf(server, phones, key)
    await openCode(server, page, { moving: true })
    assert.deepEqual(await everywhere(page, server.url + '/driver/code/', [''], (p) => p.locator('#code[data-code]').waitFor()), {}, key)
    await page.context().close()
  }
})

test('axe finds nothing before anybody signed in', async () => {
  for (const [path, id] of [['/driver/', 'send-code'], ['/verify/', 'enrol-code'], ['/staff/', 'login']]) {
    const page = await openPage(phones)
    await page.goto(server.url + path)
    assert.deepEqual(await everywhere(page, server.url + path, [''], (p) => p.getByTestId(id).waitFor()), {}, path)
    await page.context().close()
  }
})

test('axe finds nothing on the terminal’s pages in light, dark and large', async () => {
  const { page } = await terminalOf(server, camera.browser, 'police')
  assert.deepEqual(await everywhere(page, server.url + '/verify/', ['/scan', '/number', '/history'], (p) => p.locator('main').waitFor()), {})
})

test('axe finds nothing where drivers are asked from afar, in light, dark and large', async () => {
  const { page } = await terminalOf(server, camera.browser, 'transport')
  await page.getByTestId('more-vehicles').click()
  await page.getByTestId('vehicle-C1').check()
  await page.getByTestId('form-submit').click()
  const asked = await page.evaluate(() => fetch('/api/terminal/consent-requests', { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ kind: 'standing', scenario: 'transport', why: '聘用期间核对' }) }).then((r) => r.json()))
  assert.deepEqual(await everywhere(page, server.url + '/verify/', ['/remote', '/standing', '/followed', '/bulk'], settled), {})
  const driver = await driverOf(server, phones, 'holder:3')
  assert.deepEqual(await everywhere(driver.page, server.url + '/driver/', [new URL(asked.url).hash.slice(1)], (p) => p.getByTestId('asker').waitFor()), {})
})

test('axe finds nothing where a licence is detained, in light, dark and large', async () => {
  const { page: driver, driver: who } = await driverOf(server, phones, 'holder:4')
  const { page } = await terminalOf(server, camera.browser, 'police', { operator: 1 })
  await visit(page, '/number')
  for (const [field, text] of [['number', who.number], ['name', who.name], ['reason', '核实身份']]) await type(page, field, text)
  await press(page, 'number-submit')
  await press(page, 'detain')
  await page.getByTestId('ground-drink').waitFor()
  assert.deepEqual(await everywhere(page, page.url(), [''], (p) => p.getByTestId('ground-drink').waitFor()), {})
  await press(page, 'detain-submit')
  await press(page, 'ground-drink')
  await type(page, 'voucher', '110105 0917 0064')
  await type(page, 'detain-place', '松风路口')
  await press(page, 'paper-collected')
  assert.deepEqual(await faults(page), [], 'filled in')
  await press(page, 'detain-submit')
  const made = page.waitForResponse((r) => r.url().endsWith('/detention') && r.request().method() === 'POST')
  await press(page, 'detain-confirm')
  await made
  await page.getByTestId('detained').waitFor()
  assert.deepEqual(await faults(page), [], 'the receipt')
  await visit(driver, '/messages')
  await driver.getByTestId('message').filter({ hasText: '驾驶证已被依法扣留' }).first().tap()
  await driver.getByTestId('detention').waitFor()
  assert.deepEqual(await everywhere(driver, driver.url(), [''], (p) => p.getByTestId('detention').waitFor()), {})
  assert.deepEqual(await everywhere(driver, server.url + '/driver/', ['/licence'], settled), {})
  const { page: office } = await consoleOf(server, phones, 'window')
  assert.deepEqual(await everywhere(office, server.url + '/staff/', ['/detentions'], async (p) => {
    await p.getByTestId('detention-row').first().click()
    await p.getByTestId('lift').click()
  }), {})
})

test('axe finds nothing where there is no network to sign in by, in light, dark and large', async () => {
  const { page } = await terminalOf(server, camera.browser, 'rental')
  await page.waitForFunction(() => navigator.serviceWorker.controller)
  await page.context().setOffline(true)
  assert.deepEqual(await everywhere(page, server.url + '/verify/', [''], (p) => p.getByTestId('no-line').waitFor()), {})
})

test('axe finds nothing on the console’s pages in light, dark and large', async () => {
  const desks = { review: ['/review', '/stats'], window: ['/window', '/detentions', '/feedback'], registrar: ['/register', '/corrections', '/pending'], system: ['/settings', '/calendar', '/parties', '/parties/applications', `/parties/${server.party('transport').id}`, '/scenarios', '/peers'], security: ['/accounts', '/delays'], audit: ['/delays', '/audit'] }
  for (const [role, paths] of Object.entries(desks)) {
    const { page } = await consoleOf(server, phones, role)
    assert.deepEqual(await everywhere(page, server.url + '/staff/', paths, settled), {}, role)
    if (role === 'audit') {
      await press(page, 'refusals')
      await page.getByTestId('refused-none').or(page.getByTestId('refused-total')).waitFor()
      assert.deepEqual(await faults(page), [], 'refused input')
    }
    await page.context().close()
  }
})

test('no page asked another origin, broke the policy or met an error', () => assert.deepEqual(troubles, []))
