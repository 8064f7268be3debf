// One working day, in words (R14, R19): submitted on the Friday before a
// working Saturday of 2021, urged when it is late, withdrawn before anybody
// took it up. The demonstration's clock stands where the notice was written.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, troubles } from './browser.mjs'
import { driverOf, fromAlbum, handIn, portraitOf, press, read, readRules, says, sentence, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, page

before(async () => {
  [server, phones] = await Promise.all([startServer({ args: ['--demo-clock', '2021-09-17T10:32:00+08:00'] }), launch()])
})
after(async () => {
  await phones?.close()
  await server?.stop()
})

test('R14 submitted on Friday 17 September 2021 it is done by 9月18日（周六，调休上班）24:00', async () => {
  ({ page } = await driverOf(server, phones, 'route:album'))
  await visit(page, '/electronic')
  await page.getByTestId('photo-needed').waitFor()
  assert.match(await read(page, 'photo-needed'), /9月18日（周六，调休上班）24:00前办结/)
  await press(page, 'add-photo')
  await readRules(page)
  await fromAlbum(page, portraitOf('shen', '2021-09-10T12:00:00+08:00'))
  assert.match((await handIn(page)).replaceAll(' ', ''), /^9月18日（周六，调休上班）24:00前办结/)
  assert.equal(await read(page, 'status'), '申请已提交')
  assert.equal(await sentence(page, 'due'), '9月18日（周六，调休上班）24:00前办结')
  await says(page, /还有 ?1 ?天 ?13 ?小时/)
})

test('R14 on 30 September the promise is 10月8日, after the holiday', async () => {
  await press(page, 'withdraw')
  await press(page, 'withdraw-confirm')
  await page.locator('[data-testid=due-card][data-status=withdrawn]').waitFor()
  await server.again(['--demo-clock', '2021-09-30T09:00:00+08:00'])
  await page.reload()
  await visit(page, '/electronic')
  await page.getByTestId('photo-needed').waitFor()
  assert.match(await read(page, 'photo-needed'), /10月8日（周五，节后）24:00前办结/)
})

test('R14 past the promise the page says so, takes the blame, and 催办 is answered for', async () => {
  await press(page, 'add-photo')
  await readRules(page)
  await fromAlbum(page, portraitOf('xia', '2021-09-20T12:00:00+08:00'))
  await handIn(page)
  await server.again(['--demo-clock', '2021-10-09T10:00:00+08:00'])
  await page.reload()
  await page.getByTestId('urge').waitFor()
  assert.match(await read(page, 'status'), /^已超过承诺时限 ?10 ?小时/)
  await says(page, /本应 ?10月8日 ?（周五，节后） ?24:00前办结.*是我们慢了，您不用重新提交。/)
  await press(page, 'urge')
  await page.getByText('已催办，值班负责人会答复').waitFor()
  assert.equal(await page.getByTestId('urge').count(), 0, 'once is enough')
  await page.locator('[data-step=urged]').waitFor()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
