// R5, 扣留: an officer detains a licence after a check, the driver's phone says
// so at once, the window lifts it, and it is usable again.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera, openPage, troubles } from './browser.mjs'
import { consoleOf, driverOf, next, openCode, photograph, press, read, says, scan, sentence, terminalOf, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, camera, driver, police, window_

before(async () => {
  [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera()])
  police = await terminalOf(server, camera.browser, 'police')
  driver = await driverOf(server, phones, 'holder:1')
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

async function checked() {
  await openCode(server, driver.page)
  return scan(police.page, camera, (await photograph(driver.page)).png)
}

test('R5 an officer detains the licence after a check, in two presses, and gets the receipt', async () => {
  assert.equal((await checked()).outcome, 'usable')
  await press(police.page, 'detain')
  await press(police.page, 'detain-submit')
  await says(police.page, /请选择.*请填写.*请选择/) // what lacks is said beside it
  await press(police.page, 'ground-drink')
  await type(police.page, 'voucher', '110105 0917 0063')
  await type(police.page, 'detain-place', '松风路口东80米')
  await press(police.page, 'paper-collected')
  assert.match(await read(police.page, 'term'), /15 日内处理，至 \d{4}年\d+月\d+日 24:00/)
  await press(police.page, 'detain-submit')
  await says(police.page, new RegExp(`扣留${driver.driver.name}的驾驶证？`))
  const answered = police.page.waitForResponse((r) => /\/detention$/.test(r.url()) && r.request().method() === 'POST')
  await press(police.page, 'detain-confirm')
  driver.made = await (await answered).json()
  assert.match(await read(police.page, 'detained'), /24小时内/)
  assert.equal(await read(police.page, 'receipt-word'), '扣留中')
  assert.ok(!(await read(police.page, 'receipt')).includes(driver.driver.name), 'the receipt names nobody')
})

test('the driver’s phone says so at once: licence, code, message and receipt with term and remedies', async () => {
  const app = await driver.context.newPage()
  await app.goto(server.url + '/driver/#/licence')
  await app.getByTestId('why').first().waitFor()
  await says(app, /驾驶证已被依法扣留。.*请在15日内持强制措施凭证到凭证载明的地点接受处理/)
  await visit(app, '/messages')
  await app.getByTestId('message').filter({ hasText: '驾驶证已被依法扣留' }).first().tap()
  await app.getByTestId('detention').waitFor()
  assert.match(await sentence(app, 'detention-say'), /24:00前，持强制措施凭证/)
  await says(app, /11010509170063.*饮酒后驾驶机动车.*第三十一条.*松风路口东80米.*已收存.*行政复议/)
  const stranger = await openPage(phones)
  await stranger.goto(await app.getByTestId('detention-confirm').getAttribute('href'))
  await stranger.getByTestId('receipt-genuine').waitFor()
  assert.equal(await read(stranger, 'receipt-word'), '扣留中')
  await stranger.context().close()
  driver.app = app
})

test('the next check says 扣留, and the licence is not detained twice', async () => {
  await next(police.page)
  const seen = await checked()
  assert.equal(seen.outcome, 'not_usable')
  assert.match(await read(police.page, 'cause-U'), /扣留/)
  await press(police.page, 'detain')
  assert.equal(await police.page.getByTestId('detain-refused').getAttribute('data-code'), 'detention.already')
})

test('the window lifts it with reason and case: the driver is told, and the licence is usable at once', async () => {
  window_ = await consoleOf(server, phones, 'window')
  await window_.page.getByTestId('door-detentions').click()
  await window_.page.getByTestId('detention-row').first().click()
  assert.match(await read(window_.page, 'detention-detail'), /11010509170063.*松风路口东80米/)
  await window_.page.getByTestId('lift').click()
  await says(window_.page, /这一项要填.*这一项要填/) // nothing is lifted without reason and case
  await type(window_.page, 'lift-reason', '已接受处理')
  await type(window_.page, 'lift-case', 'AJ-2026-0917')
  await window_.page.getByTestId('lift').click()
  assert.match(await read(window_.page, 'lift-done'), /已恢复/)
  await window_.page.getByTestId('lifted').click()
  await window_.page.getByTestId('detention-row').first().waitFor()

  await driver.app.getByTestId('detention-word').filter({ hasText: '扣留已解除' }).waitFor() // the open page follows
  await visit(driver.app, '/messages')
  await driver.app.getByText('驾驶证扣留已解除').first().waitFor()
  await press(police.page, 'back')
  await next(police.page)
  assert.equal((await checked()).outcome, 'usable')
})

test('nobody’s page complained', () => assert.deepEqual(troubles, []))
