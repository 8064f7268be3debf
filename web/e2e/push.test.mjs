// Push notices: asked for by a press alone, told through the browser's push
// service, shown by the service worker with nothing of the person in them. The
// push service here is the test's own; the browser's half is stood in for,
// since the maker's service is out of reach.
import assert from 'node:assert/strict'
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { launch, phoneView, troubles } from './browser.mjs'
import { driverOf, eventually, press, registerLine, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, service, driver
const notices = []
const key = createECDH('prime256v1')
key.generateKeys()
const auth = randomBytes(16)

before(async () => {
  [server, phones] = await Promise.all([startServer({ args: ['--push-anywhere'] }), launch()])
  service = createServer(async (request, response) => {
    const parts = []
    for await (const part of request) parts.push(part)
    notices.push(open(Buffer.concat(parts)))
    response.writeHead(201).end()
  })
  await new Promise((resolve) => service.listen(0, '127.0.0.1', resolve))
})
after(async () => {
  await phones?.close()
  service?.close()
  await server?.stop()
})

/** Reads a notice as the browser does (RFC 8291). */
function open(body) {
  const salt = body.subarray(0, 16)
  const sender = body.subarray(21, 21 + body[20])
  const record = body.subarray(21 + body[20])
  const derive = (secret, by, info, n) => Buffer.from(hkdfSync('sha256', secret, by, info, n))
  const ikm = derive(key.computeSecret(sender), auth, Buffer.concat([Buffer.from('WebPush: info\0'), key.getPublicKey(), sender]), 32)
  const cipher = createDecipheriv('aes-128-gcm', derive(ikm, salt, 'Content-Encoding: aes128gcm\0', 16), derive(ikm, salt, 'Content-Encoding: nonce\0', 12))
  cipher.setAuthTag(record.subarray(-16))
  const plain = Buffer.concat([cipher.update(record.subarray(0, -16)), cipher.final()])
  return JSON.parse(plain.subarray(0, plain.lastIndexOf(2)).toString())
}

async function heard(n) {
  for (let tries = 0; tries < 300 && notices.length < n; tries++) await new Promise((resolve) => setTimeout(resolve, 100))
  return notices.at(-1)
}

test('nobody is asked before the press; then the phone is told, and the worker shows it', async () => {
  driver = await driverOf(server, phones, 'holder:1', { ...phoneView, permissions: ['notifications'] })
  const { page, context } = driver
  const subscription = { endpoint: `http://127.0.0.1:${service.address().port}/push/1`, keys: { p256dh: key.getPublicKey('base64url'), auth: auth.toString('base64url') } }
  await page.addInitScript((made) => {
    let now = null
    window.asked = 0
    Notification.requestPermission = async () => { window.asked++; return 'granted' }
    PushManager.prototype.getSubscription = async () => now
    PushManager.prototype.subscribe = async () => (now = { toJSON: () => made, unsubscribe: async () => { now = null; return true } })
  }, subscription)
  await page.reload()
  await visit(page, '/me')
  await page.getByTestId('push').waitFor()
  assert.equal(await page.evaluate(() => window.asked), 0)
  await press(page, 'push')
  await page.locator('[data-testid=push]:checked:enabled').waitFor()
  assert.equal(await page.evaluate(() => window.asked), 1)

  await server.feed([await registerLine(page, driver.driver, { ZT: 'B', LJJF: '12' })])
  const notice = await heard(1)
  assert.equal(notice.body.zh, '驾驶证状态有变化，请打开查看。')
  for (const secret of [driver.driver.name, driver.driver.number, '超分', driver.driver.phone]) assert.ok(!JSON.stringify(notice).includes(secret), secret)

  const cdp = await context.newCDPSession(page)
  const registered = new Promise((resolve) => cdp.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => {
    const ours = registrations.find((r) => r.scopeURL.endsWith('/driver/'))
    if (ours) resolve(ours.registrationId)
  }))
  await cdp.send('ServiceWorker.enable')
  await cdp.send('ServiceWorker.deliverPushMessage', { origin: server.url, registrationId: await registered, data: JSON.stringify(notice) })
  const shown = await eventually(() => page.evaluate(async () => {
    const all = await (await navigator.serviceWorker.getRegistration('/driver/')).getNotifications()
    return all.length && all.map((n) => ({ title: n.title, body: n.body, link: n.data.link }))
  }))
  assert.deepEqual(shown, [{ title: '电子驾驶证', body: '驾驶证状态有变化，请打开查看。', link: '/messages' }])

  await press(page, 'push')
  await page.locator('[data-testid=push]:not(:checked):enabled').waitFor()
  const before = notices.length
  await server.feed([await registerLine(page, driver.driver, { ZT: 'A', LJJF: '0' })])
  await visit(page, '/messages')
  await page.locator('[data-testid=message][data-kind=licence]').nth(1).waitFor()
  await new Promise((resolve) => setTimeout(resolve, 2500)) // the courier's next two rounds
  assert.equal(notices.length, before, 'turned off, nothing is told any more')
  await context.close()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
