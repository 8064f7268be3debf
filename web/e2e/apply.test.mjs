// From the app's front door to the electronic licence: R10 to R15, by touch and
// by keyboard alone, and what happens to an application when the power goes.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openPage, troubles } from './browser.mjs'
import { all, bind, driverByKeys, driverOf, press, pressKey, read, sentence, signIn, tabTo, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

const prompt = '您当前符合直接使用二代身份证申领电子驾驶证的条件，是否继续申领'

let server, phones

before(async () => { [server, phones] = await Promise.all([startServer(), launch()]) })
after(async () => {
  await phones?.close()
  await server?.stop()
})

/** What the server knows of the driver's applications. */
const applications = (page) => page.evaluate(() => fetch('/api/driver/applications').then((r) => r.json()).then((a) => a.applications))
const issued = (page) => page.locator('[data-testid=due-card][data-status=issued]').waitFor()

async function consent(page) {
  await press(page, 'consent-number')
  await press(page, 'consent-face')
}

test('R11 who is not registered registers with a code to the phone, and sees no licence before it is bound', async () => {
  const page = await openPage(phones)
  const driver = server.driver('class:C2')
  await page.goto(server.url + '/driver/')
  await page.getByTestId('send-code').waitFor()
  assert.match(page.url(), /#\/signin/, 'the app begins with signing in')
  await signIn(server, page, driver.phone)
  await page.getByTestId('file-number').waitFor()
  assert.ok(!(await all(page)).includes(driver.name))
  await bind(server, page, driver)
  await page.getByTestId('opening').waitFor()
  assert.ok((await all(page)).includes(driver.name), 'bound, the licence is there')
  await page.context().close()
})

test('R11 whose licence is of another city is told so in the words for everybody who is not found, and no code is sent', async () => {
  const page = await openPage(phones)
  await signIn(server, page, '19911112222')
  const before = server.messages().length
  const driver = server.driver('class:C3')
  await page.getByTestId('name').waitFor()
  for (const [id, text] of [['name', '何人'], ['document-number', driver.number], ['file-number', driver.fileNumber]]) await type(page, id, text)
  await press(page, 'consent-privacy')
  await press(page, 'consent-number')
  await press(page, 'bind-next')
  await type(page, 'code', '000000')
  await press(page, 'bind')
  await page.getByTestId('bind-failed').waitFor()
  assert.match(await sentence(page, 'bind-failed'), /未查询到本市核发的驾驶证。外地核发的，请在发证地申领。/)
  assert.equal(server.messages().length, before)
  await page.context().close()
})

test('R12 首页 → 业务中心 → 驾驶证电子版 leads to the application, and so does 我的驾驶证 → 驾驶证电子版', async () => {
  const { page, context } = await driverOf(server, phones, 'status:A')
  assert.equal(await page.locator('#services').innerText(), '业务中心')
  assert.equal((await page.getByTestId('tile-electronic').innerText()).trim(), '驾驶证电子版')
  await press(page, 'tile-electronic')
  await page.getByTestId('prompt').waitFor()
  await press(page, 'not-now')
  assert.match(await read(page, 'declined'), /您没有申领/)

  await press(page, 'back')
  await press(page, 'tab-licence')
  assert.match(await read(page, 'to-electronic'), /^驾驶证电子版/)
  await press(page, 'to-electronic')
  await page.getByTestId('prompt').waitFor()
  await context.close()
})

test('R10 R13 R14 R15 by touch: the status is confirmed, the system asks in the notice’s words, 申领 is pressed, and the licence is there', async () => {
  const { page, context } = await driverOf(server, phones, 'route:onfile')
  await press(page, 'tile-electronic')
  await page.getByTestId('apply-checks').waitFor()
  assert.match(await read(page, 'apply-checks'), /驾驶证状态：正常/)
  await page.getByTestId('prompt').waitFor()
  assert.equal(await sentence(page, 'prompt'), prompt)

  await press(page, 'apply')
  await page.locator('.consents .missing').nth(1).waitFor() // nothing is handed in without the two consents
  await consent(page)
  await press(page, 'apply')
  await page.getByTestId('timeline').waitFor()
  assert.match(await read(page, 'timeline'), /^申请已提交/)
  await issued(page)
  await page.locator('[data-step=issued]').waitFor()

  await press(page, 'see-licence')
  await page.getByTestId('electronic-name').waitFor({ state: 'attached' })
  assert.equal(await sentence(page, 'electronic-name'), '机动车驾驶证（电子版）')
  assert.equal(await sentence(page, 'opening'), '状态正常，可凭此证驾驶机动车')
  await press(page, 'tab-messages')
  await page.getByTestId('message').filter({ hasText: '机动车驾驶证（电子版）已核发' }).waitFor()
  await context.close()
})

test('R11 R12 R13 R14 R15 by keyboard alone: Tab, Enter, Space, from signing in to the licence', async () => {
  const { page, context } = await driverByKeys(server, phones, 'status:H')
  await pressKey(page, 'tile-electronic', 'Space')
  await page.getByTestId('prompt').waitFor()
  assert.equal(await sentence(page, 'prompt'), prompt)
  await pressKey(page, 'consent-number', 'Space')
  await pressKey(page, 'consent-face', 'Space')
  await pressKey(page, 'apply', 'Enter')
  await issued(page)
  await pressKey(page, 'see-licence', 'Space')
  await page.getByTestId('electronic-name').waitFor({ state: 'attached' })
  await tabTo(page, 'show-code')
  await context.close()
})

test('R13 where the direct way is not open the question is not asked: no photo, an old one, a document that is no resident’s card', async () => {
  for (const key of ['route:camera', 'route:oldphoto', 'document:Q', 'document:F']) {
    const { page, context } = await driverOf(server, phones, key)
    await visit(page, '/electronic')
    await page.getByTestId('photo-needed').waitFor()
    assert.equal(await page.getByTestId('prompt').count(), 0, key)
    assert.ok(!(await all(page)).includes('直接使用二代身份证'), key)
    await context.close()
  }
})

test('R14 a double press on 申领 makes one application', async () => {
  const { page, context } = await driverOf(server, phones, 'status:AH')
  await press(page, 'tile-electronic')
  await page.getByTestId('prompt').waitFor()
  await consent(page)
  let asked = 0
  page.on('request', (r) => { if (r.method() === 'POST' && r.url().endsWith('/applications')) asked++ })
  await page.getByTestId('apply').dblclick()
  await issued(page)
  assert.equal((await applications(page)).length, 1)
  assert.equal(asked, 1, 'the second press asked for nothing')
  await context.close()
})

test('R14 the server killed between press and answer: the page keeps all, and pressing again makes exactly one application', async () => {
  const { page, context } = await driverOf(server, phones, 'status:I')
  await press(page, 'tile-electronic')
  await page.getByTestId('prompt').waitFor()
  await consent(page)

  const cuts = [
    async (route) => { await server.kill(); await route.abort() }, // before the server had it
    async (route) => { await route.fetch(); await server.kill(); await route.abort() }, // it was done, and nobody heard
  ]
  const keys = []
  await page.route('**/api/driver/applications', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    keys.push(route.request().headers()['idempotency-key'])
    await (cuts.shift() ?? ((r) => r.continue()))(route)
  })
  for (const way of ['before', 'after']) {
    await press(page, 'apply')
    await page.getByText('连不上网络，您填写的内容还在。').waitFor()
    assert.equal(await page.getByTestId('consent-face').isChecked(), true, `killed ${way} the deed, the consents are kept`)
    await server.again()
  }
  await press(page, 'apply')
  await issued(page)
  assert.equal(new Set(keys).size, 1, 'the three presses travelled under one key')
  assert.equal((await applications(page)).length, 1)
  await context.close()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
