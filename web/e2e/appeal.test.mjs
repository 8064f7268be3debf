// 申诉: the driver appeals a refusal, whoever refused it cannot take it up, and
// another reviewer looks at the same photo anew with the grounds before them.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, troubles } from './browser.mjs'
import { consoleOf, decideForGood, driverOf, fromAlbum, handIn, portrait, press, read, readRules, says, sentence, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, browser, driver, first, second

before(async () => {
  [server, browser] = await Promise.all([startServer(), launch()])
  driver = await driverOf(server, browser, 'route:album')
  await visit(driver.page, '/photo/rules?for=apply')
  await readRules(driver.page)
  await fromAlbum(driver.page, portrait('gu'))
  await handIn(driver.page)
})
after(async () => {
  await browser?.close()
  await server?.stop()
})

test('a refusal can be appealed on a ground that is chosen, and 其他 needs words', async () => {
  first = (await consoleOf(server, browser, 'review')).page
  await first.getByTestId('decide').filter({ hasText: driver.driver.name }).waitFor()
  await first.keyboard.press('1')
  await decideForGood(server, first, () => first.keyboard.press('r'))
  const { page } = driver
  await page.locator('[data-testid=due-card][data-status=refused]').waitFor()
  await press(page, 'appeal')
  await press(page, 'appeal-send')
  await page.locator('.grounds .missing').nth(4).waitFor() // no ground is chosen yet
  await press(page, 'ground-other')
  await press(page, 'appeal-send')
  await page.locator('[data-testid=plea][aria-invalid=true]').waitFor()
  await type(page, 'plea', '两边耳朵都露着，<b>请再看</b>')
  await press(page, 'appeal-send')
  await page.getByTestId('appealed').waitFor()
  assert.match(await sentence(page, 'appealed'), /两边耳朵都露着，<b>请再看<\/b>/)
  assert.match(await read(page, 'due'), /办结/)
  await says(page, /首次申领申诉（相册照片）/)
})

test('who refused sees that it is another’s, and is not given it', async () => {
  const item = first.getByTestId('queue-item').filter({ hasText: '申诉' })
  await item.waitFor()
  assert.equal(await item.isDisabled(), true)
  assert.match(await item.innerText(), /由他人复核/)
})

test('another reviewer has the reasons, the ground and the photo before them, decides by keyboard, and the licence is issued', async () => {
  second = (await consoleOf(server, browser, 'review', 1)).page
  await second.getByTestId('appeal').waitFor()
  const said = await sentence(second, 'appeal')
  assert.match(said, /头发遮住了耳朵/)
  assert.match(said, /两边耳朵都露着，<b>请再看<\/b>/)
  const boxes = await second.getByTestId('check').count()
  for (let n = 0; n < boxes; n++) await second.keyboard.press('d')
  await decideForGood(server, second, () => second.keyboard.press('a'))
  await driver.page.locator('[data-testid=due-card][data-status=issued]').waitFor()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
