// What a change of the register does to the electronic licence (R16), and how
// soon an open page and the code know of it.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, slack, troubles } from './browser.mjs'
import { driverOf, hold, openCode, press, read, registerLine, sentence, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones

before(async () => { [server, phones] = await Promise.all([startServer(), launch()]) })
after(async () => {
  await phones?.close()
  await server?.stop()
})

const later = (day, years) => String(Number(day.slice(0, 4)) + years) + day.slice(4)
/** What changed, in the words of the page; 补证 shows as the paper's newer day. */
const triggers = {
  准驾车型: ['holder:1', (line) => ({ ZJCX: line.ZJCX + 'D' })],
  有效期: ['holder:2', (line) => ({ YXQS: later(line.YXQS, 1), YXQZ: line.YXQZ === '长期' ? '2099-12-31' : later(line.YXQZ, 1) })],
  发证机关: ['holder:3', () => ({ FZJG: '示B' })],
  纸质驾驶证签发日期: ['holder:6', () => ({ QFRQ: new Date().toISOString().slice(0, 10) })],
}

for (const [what, [key, change]] of Object.entries(triggers)) {
  test(`R16 a change of ${what} ends the electronic licence alone, and one tap brings it back in seconds`, async () => {
    const { page, driver, context } = await driverOf(server, phones, key)
    await visit(page, '/licence')
    await page.getByTestId('electronic-name').waitFor({ state: 'attached' })
    const line = await registerLine(page, driver, {})
    await server.feed([{ ...line, ...change(line) }])

    await page.getByTestId('changes').waitFor()
    assert.equal(await sentence(page, 'opening'), '驾驶证正常，电子驾驶证须重新申领')
    assert.equal(await read(page, 'state-licence'), '正常')
    assert.equal(await read(page, 'state-electronic'), '已失效')
    assert.match(await sentence(page, 'changes'), new RegExp(what))

    const letGo = await hold(page, /\/api\/driver\/privacy/)
    await press(page, 'reapply')
    await page.getByTestId('apply-checks').waitFor()
    assert.equal(await page.getByTestId('apply').count(), 0, 'nothing to press before it is known which consents stand')
    letGo()
    await page.getByTestId('reapply-page').waitFor()
    const pressed = Date.now()
    await press(page, 'apply')
    await page.locator('[data-testid=due-card][data-status=issued]').waitFor()
    assert.ok(Date.now() - pressed < 15_000, `one tap took ${Date.now() - pressed} ms`)
    await press(page, 'see-licence')
    await page.getByTestId('electronic-name').waitFor({ state: 'attached' })
    await context.close()
  })
}

test('R16 a status that changes is on the open licence and on 亮码 within a second of the feed’s answer', async () => {
  const { page, driver, context } = await driverOf(server, phones, 'holder:5')
  await visit(page, '/licence')
  await page.getByTestId('state-licence').waitFor()
  const code = await context.newPage()
  await openCode(server, code)
  await code.locator('#fresh', { hasText: '已联网' }).waitFor()
  const line = await registerLine(page, driver, {})
  const known = async (changes, word, look) => {
    await server.feed([{ ...line, ...changes }])
    const answered = Date.now()
    await Promise.all([page.getByTestId('state-licence').filter({ hasText: word }).waitFor(), code.locator(`body.${look}`).waitFor()])
    return Date.now() - answered
  }
  const took = [await known({ ZT: 'B', LJJF: '12' }, '超分', 'not')]
  await page.getByTestId('toasts').getByText('驾驶证状态变更为：超分').waitFor() // and a message says so, wherever the driver is
  // A busy machine may hold one of them up, not each.
  took.push(await known({}, '正常', 'usable'), await known({ ZT: 'D' }, '暂扣', 'not'))
  assert.ok(Math.min(...took) < 1000 + slack, `the pages knew ${took} ms after the feed’s answer`)
  await context.close()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
