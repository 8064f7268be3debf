// 意见反馈 (R17): from an error page with the code filled in, a screenshot
// attached, answered in the console, read in the app.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, troubles } from './browser.mjs'
import { consoleOf, driverOf, fromAlbum, portrait, press, read, readRules, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, driver, desk, code, number

before(async () => {
  [server, phones] = await Promise.all([startServer(), launch()])
  driver = await driverOf(server, phones, 'holder:4')
})
after(async () => {
  await phones?.close()
  await server?.stop()
})

test('R17 an error page leads to 意见反馈 with its code filled in, and a screenshot goes along', async () => {
  const { page } = driver
  await visit(page, '/photo/rules?for=change')
  await readRules(page)
  await fromAlbum(page, { name: 'broken.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no picture') })
  const link = page.getByRole('link', { name: '告诉我们' })
  await link.waitFor()
  code = /E-[0-9a-f]+/i.exec(await page.locator('main').innerText())[0]
  await link.tap()
  assert.ok((await read(page, 'attached-code')).includes(code), 'the code is filled in')

  await type(page, 'feedback-text', '照片传不上去')
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press(page, 'add-image')])
  await chooser.setFiles(portrait('gu'))
  await page.locator('.thumbs .has img').waitFor()
  await press(page, 'feedback-send')
  number = /反馈编号 (\S+?)。/.exec(await read(page, 'feedback-number'))[1]
})

test('R17 the console shows words, code and screenshot, and somebody answers', async () => {
  desk = (await consoleOf(server, phones, 'window')).page
  await press(desk, 'door-feedback')
  await desk.getByTestId('feedback-row').filter({ hasText: number }).click()
  const detail = desk.getByTestId('feedback-detail')
  assert.match(await detail.innerText(), new RegExp(`照片传不上去[\\s\\S]*${code}`))
  const image = detail.locator('img').first()
  await image.waitFor()
  assert.equal(await image.evaluate((img) => img.decode().then(() => img.naturalWidth > 0)), true)
  await type(desk, 'answer', '这个文件已损坏，请用原图再传一次。')
  await press(desk, 'answer-send')
  await desk.locator('aside [role=status]').waitFor()
})

test('R17 the driver reads the answer in the app', async () => {
  await visit(driver.page, '/messages')
  await driver.page.locator('[data-testid=message][data-kind=feedback]').waitFor()
  await visit(driver.page, '/feedback')
  await driver.page.getByTestId('feedback-answer').waitFor()
  assert.equal(await read(driver.page, 'feedback-answer'), '这个文件已损坏，请用原图再传一次。')
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
