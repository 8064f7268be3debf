// S54 and S55: whatever somebody puts into a name, an address, a file's name,
// a picture, a refusal or an appeal is text on every page of the console and of
// the app, and a picture is a picture. No dialog, no script, no breach of the
// policy; the payload itself is tried first, where nothing guards against it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openPage, troubles } from './browser.mjs'
import { consoleOf, decideForGood, driverOf, fromAlbum, handIn, portrait, press, read, readRules, registerLine, sentence, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

const payload = '"><img src=x onerror="window.ran=1;alert(1)"><script>window.ran=1;alert(2)</script>'
const breaches = []
let server, browser, driver, line, desk

/** A page that tells of every dialog, script of ours and breach of the policy. */
async function listening(page) {
  page.on('dialog', (d) => { breaches.push(`${page.url()}: dialog ${d.message()}`); void d.dismiss() })
  await page.exposeFunction('breached', (what) => { breaches.push(`${page.url()}: ${what}`) })
  await page.evaluate(() => document.addEventListener('securitypolicyviolation', (e) => window.breached(`${e.violatedDirective} ${e.blockedURI}`)))
  return page
}
const quiet = async (page) => assert.equal(await page.evaluate(() => window.ran), undefined)

before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()])
  driver = await driverOf(server, browser, 'holder:1')
  await listening(driver.page)
  line = await registerLine(driver.page, driver.driver, {})
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

/** Delivers a line of the feed, which may be refused. */
const deliver = (changes, run) => fetch(`${server.demo.feed.url}?run=${run}&source=e2e`, {
  method: 'POST', headers: { Authorization: `Bearer ${server.demo.feed.token}`, 'Content-Type': 'application/octet-stream' }, body: JSON.stringify({ ...line, ...changes }) + '\n',
}).then((r) => r.json())

test('control: the payload runs where nothing guards against it', async () => {
  const page = await openPage(browser)
  page.on('dialog', (d) => void d.dismiss())
  await page.setContent(`<p title="${payload}">`)
  await page.waitForFunction(() => window.ran === 1)
  await page.context().close()
})

test('S55 an address and a name of the register are text on the record, under 待核实 and among the imports', async () => {
  assert.equal((await deliver({ address: `示范路1号${payload}` }, 'inert-1')).refused?.length ?? 0, 0)
  const refused = await deliver({ address: '示范路1号', XM: payload }, 'inert-2')
  assert.equal(refused.refused.length, 1, 'such a name is refused')
  desk = await listening((await consoleOf(server, browser, 'registrar')).page)
  await visit(desk, '/register')
  await desk.getByTestId('reason').selectOption({ index: 1 })
  await type(desk, 'case-number', payload.slice(0, 40))
  await desk.getByTestId('by').selectOption({ index: 0 })
  await type(desk, 'value', driver.driver.number)
  await press(desk, 'search')
  await desk.getByTestId('record').waitFor()
  await desk.getByText('全部登记项').click()
  await desk.getByTestId('record').filter({ hasText: 'onerror=' }).waitFor()
  await quiet(desk)
  await visit(desk, '/pending')
  await desk.getByTestId('pending-row').first().click()
  await desk.getByTestId('pending-detail').filter({ hasText: 'onerror' }).waitFor()
  await quiet(desk)
  await visit(desk, '/imports')
  await desk.getByTestId('import-row').first().click()
  await desk.getByTestId('refusals').waitFor()
  await quiet(desk)
  await desk.context().close()
  await deliver({ address: '示范路1号' }, 'inert-3')
})

test('S55 a file’s name, a reviewer’s words and a driver’s are text wherever they are read', async () => {
  const other = await driverOf(server, browser, 'route:album')
  const page = await listening(other.page)
  await visit(page, '/photo/rules?for=apply')
  await readRules(page)
  await fromAlbum(page, { ...portrait('gu'), name: `${payload.replaceAll('/', '')}.jpg` })
  await handIn(page)
  const reviewer = await listening((await consoleOf(server, browser, 'review')).page)
  await reviewer.getByTestId('decide').filter({ hasText: other.driver.name }).waitFor()
  await reviewer.getByTestId('more-reasons').click()
  await reviewer.getByTestId('find-reason').fill('其他')
  const box = reviewer.getByTestId('reason-other')
  await box.first().click()
  await type(reviewer, 'other', payload)
  assert.match(await read(reviewer, 'driver-sentence'), /onerror=/)
  await decideForGood(server, reviewer, () => press(reviewer, 'refuse'))
  await page.locator('[data-testid=due-card][data-status=refused]').waitFor()
  assert.match(await sentence(page, 'reasons'), /onerror=/)
  await press(page, 'appeal')
  await press(page, 'ground-other')
  await type(page, 'plea', payload)
  await press(page, 'appeal-send')
  await page.getByTestId('appealed').filter({ hasText: 'onerror' }).waitFor()
  await quiet(page)
  await quiet(reviewer)
  const second = await listening((await consoleOf(server, browser, 'review', 1)).page)
  await second.getByTestId('appeal').filter({ hasText: 'onerror' }).waitFor()
  await quiet(second)
  await visit(page, '/feedback')
  await type(page, 'feedback-text', payload)
  await press(page, 'feedback-send')
  await page.getByTestId('feedback-number').waitFor()
  await visit(second, '/feedback')
  await second.getByTestId('feedback-row').first().click()
  await second.getByTestId('feedback-detail').filter({ hasText: 'onerror' }).waitFor()
  await quiet(second)
})

/** A JPEG with a segment of EXIF's or a comment's that says so. */
function withSegment(jpeg, marker, text) {
  const body = Buffer.from(text, 'latin1')
  const head = Buffer.from([0xff, marker, (body.length + 2) >> 8, (body.length + 2) & 255])
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)])
}

test('S54 what is a picture and a page at once is refused, and what was taken comes back as a picture that can do nothing', async () => {
  const { page } = driver
  const send = (bytes, kind) => page.evaluate(async ([data, type]) => {
    const r = await fetch('/api/driver/photos?source=album', { method: 'POST', headers: { 'Content-Type': type }, body: Uint8Array.from(atob(data), (c) => c.charCodeAt(0)) })
    return { status: r.status, body: await r.json() }
  }, [Buffer.from(bytes).toString('base64'), kind])
  const jpeg = portrait('gu').buffer
  const refused = {
    'an SVG with a script': [`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`, 'image/svg+xml', 'photo.format'],
    'a page that says it is a JPEG': [`<!doctype html>${payload}`, 'image/jpeg', 'photo.format'],
    'a JPEG with a page behind it': [Buffer.concat([jpeg, Buffer.from(`<html>${payload}`)]), 'image/jpeg', 'photo.polyglot'],
    'a JPEG with a script in its EXIF': [withSegment(jpeg, 0xe1, `Exif\0\0MM\0*\0\0\0\x08\0\0\0\0\0\0${payload}`), 'image/jpeg', 'photo.polyglot'],
  }
  for (const [what, [bytes, kind, code]] of Object.entries(refused)) {
    const { status, body } = await send(bytes, kind)
    assert.ok(status >= 400 && status < 500, `${what}: ${status}`)
    assert.equal(body.code, code, what)
  }
  const { status, body } = await send(withSegment(jpeg, 0xfe, 'an innocent comment'), 'text/html')
  assert.equal(status, 201, 'control: a picture alone is taken, whatever it says it is')
  const [headers, text] = await page.evaluate(async (url) => {
    const r = await fetch(url)
    return [Object.fromEntries(r.headers), new TextDecoder('latin1').decode(await r.arrayBuffer())]
  }, body.url)
  assert.equal(headers['content-type'], 'image/jpeg')
  assert.equal(headers['x-content-type-options'], 'nosniff')
  assert.match(headers['content-security-policy'], /default-src 'none'.*sandbox/)
  assert.ok(!text.includes('innocent comment'), 'nothing but pixels is kept')
  const alone = await driver.context.newPage()
  await alone.goto(server.url + body.url)
  assert.equal(await alone.evaluate(() => document.contentType).catch(() => 'image/jpeg'), 'image/jpeg')
  await alone.close()
})

test('no dialog, no breach of the policy, no error on any page of this file', () => {
  assert.deepEqual(breaches, [])
  // Chromium's own frame about a picture opened alone is held by the picture's policy too.
  assert.deepEqual(troubles.filter((t) => !/^about:blank|\/api\/driver\/photos\/\S+: Applying inline style/.test(t)), [])
})
