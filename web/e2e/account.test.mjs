// The driver's own wish: what withdrawing the consent to the portrait and
// ending the account do is said before it is pressed, and is so afterwards, on
// the phone and at a check.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, openPage, troubles } from './browser.mjs'
import { bind, driverOf, openCode, press, read, says, sentence, signIn, terminalOf, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, police

before(async () => {
  [server, phones] = await Promise.all([startServer(), launch()])
  police = await terminalOf(server, phones, 'police')
})
after(async () => {
  await phones?.close()
  await server?.stop()
})

/** An officer looks the driver up by number and name. */
async function lookUp(driver) {
  const { page } = police
  await page.goto(server.url + '/verify/#/number')
  await type(page, 'number', driver.number)
  await type(page, 'name', driver.name)
  await type(page, 'reason', '未带手机')
  await press(page, 'number-submit')
  await page.getByTestId('verdict').waitFor()
  return { word: await read(page, 'word'), electronic: await read(page, 'electronic') }
}

test('withdrawing the consent to the portrait says first that the electronic licence ends, and one tap brings it back', async () => {
  const { page, driver, context } = await driverOf(server, phones, 'holder:1')
  const code = await context.newPage()
  await openCode(server, code)
  await visit(page, '/me/consents')
  await page.locator('[data-testid=consent][data-kind=face]').getByTestId('withdraw-consent').tap()
  await says(page, /没有人像就没有电子驾驶证：撤回后它立即停用.*驾驶证本身不受影响/)
  await press(page, 'withdraw-consent-confirm')

  await code.locator('body.not').waitFor()
  assert.match(await code.locator('#reason').innerText(), /人像使用同意已撤回，待重新申领/)
  await visit(page, '/licence')
  await page.getByTestId('changes').waitFor()
  assert.equal(await sentence(page, 'opening'), '驾驶证正常，电子驾驶证须重新申领')
  assert.deepEqual(await lookUp(driver), { word: '可用', electronic: '电子驾驶证 已失效（人像使用同意已撤回，待重新申领）' })

  await press(page, 'reapply')
  await press(page, 'consent-number')
  await press(page, 'consent-face')
  await press(page, 'apply')
  await page.locator('[data-testid=due-card][data-status=issued]').waitFor()
  await code.locator('body:not(.not)').waitFor()
  await context.close()
})

test('ending the account says first what ends and what stays; every phone stops at once, and binding again leads back', async () => {
  const { page, driver, context } = await driverOf(server, phones, 'holder:2')
  const other = await openPage(phones)
  await signIn(server, other, driver.phone)
  await bind(server, other, driver)
  await other.getByTestId('opening').waitFor()
  await openCode(server, other)

  await visit(page, '/me/end')
  await page.getByTestId('end-sure').waitFor()
  await says(page, /电子驾驶证：立即停用，这里和各处都不能再出示.*驾驶证本身，纸质证照常有效/)
  await press(page, 'end-sure')
  await press(page, 'end-account')
  await page.getByTestId('account-ended').waitFor()

  await other.locator('body.plain.ended').waitFor({ timeout: 5000 })
  assert.equal(await other.locator('#title').innerText(), '请重新登录')
  assert.equal(await other.locator('#code').isVisible(), false)
  await other.context().setOffline(true)
  await other.evaluate(() => dispatchEvent(new Event('offline')))
  await other.locator('body.plain.ended').waitFor()
  await other.context().setOffline(false)
  assert.deepEqual(await lookUp(driver), { word: '可用', electronic: '电子驾驶证 已失效（账户已注销，待重新申领）' })

  await other.locator('#first').tap()
  await other.getByTestId('phone').waitFor()
  await signIn(server, other, driver.phone)
  await other.getByTestId('rebind-title').waitFor()
  await bind(server, other, driver)
  await other.getByTestId('opening').waitFor()
  assert.equal(await sentence(other, 'opening'), '驾驶证正常，电子驾驶证须重新申领')
  await other.context().close()
  await context.close()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
