// By keyboard alone, on phone-size pages: Tab, Enter, Space and End from the
// front door to what R16 to R20 promise. By touch the same is played in
// reapply, photo and feedback; R10 to R15 by keyboard in apply.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera, troubles } from './browser.mjs'
import { consoleOf, decideForGood, driverByKeys, fileByKey, portrait, pressKey, read, registerLine, says, sentence, tabTo, typeKeys } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, camera

before(async () => {
  [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera({ width: 1440, height: 1080 })])
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

/** Reads 证件照上传须知 to its end; no way on can be reached before. */
async function readRulesByKeys(page) {
  await page.getByTestId('rules-end').waitFor({ state: 'attached' })
  assert.equal(await page.getByTestId('album').count() + (await page.getByTestId('camera').count()), 0, 'no way on before the end was read')
  await page.keyboard.press('End')
  await page.getByTestId('album').waitFor()
}

/** Declares what no program could tell of the photo, each as Tab comes to it. */
async function declareByKeys(page) {
  await page.getByTestId('declare').first().waitFor()
  for (let tabs = 0; await page.locator('[data-testid=declare]:not(:checked)').count(); tabs++) {
    assert.ok(tabs < 80, 'Tab comes to every declaration')
    await page.keyboard.press('Tab')
    if (await page.evaluate(() => document.activeElement?.matches('[data-testid=declare]:not(:checked)'))) await page.keyboard.press('Space')
  }
}

/** From the checked photo to 申请已提交. */
async function handInByKeys(page) {
  await pressKey(page, 'next', 'Enter')
  await declareByKeys(page)
  for (const box of ['consent-number', 'consent-face']) await pressKey(page, box, 'Space')
  await pressKey(page, 'submit', 'Enter')
  await page.locator('[data-testid=due-card]').waitFor()
  assert.equal(await read(page, 'status'), '申请已提交')
}

/** From the first page to 换照片, at the bottom of 驾驶证电子版. */
async function toChangePhoto(page) {
  await pressKey(page, 'tile-electronic', 'Enter')
  await pressKey(page, 'change-photo', 'Enter')
}

test('R16 by keyboard: after a change of the classes, one press applies again and the licence is back', async () => {
  const { page, driver, context } = await driverByKeys(server, phones, 'holder:1')
  await pressKey(page, 'tab-licence', 'Enter')
  await page.getByTestId('electronic-name').waitFor({ state: 'attached' })
  const line = await registerLine(page, driver, {})
  await server.feed([{ ...line, ZJCX: line.ZJCX + 'D' }])
  await page.getByTestId('changes').waitFor()
  assert.equal(await sentence(page, 'opening'), '驾驶证正常，电子驾驶证须重新申领')
  await pressKey(page, 'reapply', 'Enter')
  await page.getByTestId('reapply-page').waitFor()
  await pressKey(page, 'apply', 'Space')
  await page.locator('[data-testid=due-card][data-status=issued]').waitFor()
  await pressKey(page, 'see-licence', 'Enter')
  await page.getByTestId('electronic-name').waitFor({ state: 'attached' })
  assert.equal(await sentence(page, 'opening'), '状态正常，可凭此证驾驶机动车')
  await context.close()
})

test('R17 R18 R20 by keyboard: a broken file leads to 意见反馈 with words and a screenshot, its code filled in', async () => {
  const { page, context } = await driverByKeys(server, phones, 'holder:2')
  await toChangePhoto(page)
  await readRulesByKeys(page)
  await fileByKey(page, 'album', { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') })
  await tabTo(page, 'tell-us')
  const code = /E-[0-9a-f]+/i.exec(await page.locator('main').innerText())[0]
  await page.keyboard.press('Enter')
  await typeKeys(page, 'feedback-text', '照片传不上去')
  assert.ok((await read(page, 'attached-code')).includes(code))
  await fileByKey(page, 'add-image', portrait('gu'))
  await page.locator('.thumbs .has img').waitFor()
  await pressKey(page, 'feedback-send', 'Enter')
  assert.match(await read(page, 'feedback-number'), /反馈编号 \S+。/)
  await context.close()
})

test('R18 R19 R20 by keyboard: the notice is read, a photo comes from the album, is reviewed by keys, and the message is there', async () => {
  const { page, driver, context } = await driverByKeys(server, phones, 'holder:3')
  await toChangePhoto(page)
  await readRulesByKeys(page)
  await fileByKey(page, 'album', portrait('gu'))
  await handInByKeys(page)
  assert.match(await sentence(page, 'due'), /^\d+月\d+日（周[一二三四五六日].*）24:00前办结$/)

  const desk = (await consoleOf(server, phones, 'review')).page
  await desk.getByTestId('decide').waitFor()
  assert.match(await read(desk, 'decide'), new RegExp(driver.name))
  for (let left = await desk.getByTestId('check').count(); left > 0; left--) await desk.keyboard.press('d')
  await decideForGood(server, desk, () => desk.keyboard.press('a'))
  await page.locator('[data-testid=due-card][data-status=issued]').waitFor()
  await desk.context().close()

  for (const at of [/^#\/progress\//, /^#\/progress$/]) {
    await page.waitForURL((url) => at.test(url.hash))
    await pressKey(page, 'back', 'Enter')
  }
  await pressKey(page, 'tab-messages', 'Enter')
  const told = page.getByTestId('message').filter({ hasText: '照片' }).first()
  await told.waitFor()
  for (let n = 0; n < 80 && !(await told.evaluate((element) => element === document.activeElement)); n++) await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForURL((url) => !url.hash.startsWith('#/messages')) // the message leads to what it tells of
  await context.close()
})

test('R18 by keyboard: 拍照, with the phone held by somebody else', async () => {
  const { page, context } = await driverByKeys(server, camera.browser, 'holder:4', { permissions: ['camera'] })
  await toChangePhoto(page)
  await readRulesByKeys(page)
  camera.show(portrait('lin').buffer)
  await pressKey(page, 'camera', 'Enter')
  assert.match(await read(page, 'camera-help'), /请他人协助/)
  await page.waitForFunction(() => document.querySelector('[data-testid=viewfinder]')?.videoWidth > 0)
  await pressKey(page, 'timer-0', 'Space')
  await pressKey(page, 'shoot', 'Space')
  await page.getByTestId('taken').waitFor()
  await pressKey(page, 'use-photo', 'Enter')
  await handInByKeys(page)
  await says(page, /原来的照片和电子驾驶证照常使用/)
  await context.close()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
