// 亮码 from screen to verdict: the pixels of the driver's page become what the
// terminal's camera sees. R1, R2, R4 and R8, and everything that a code can be
// other than good.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { encode } from 'uqr'
import { launch, launchWithCamera, openPage, troubles } from './browser.mjs'
import { all, driverOf, looking, next, openCode, photograph, press, read, registerLine, says, scan, sentence, terminalOf, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, camera, good, bad, police, second, rental, kept

before(async () => {
  [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera()])
  police = await terminalOf(server, camera.browser, 'police')
  good = await driverOf(server, phones, 'holder:1')
  await openCode(server, good.page, { moving: true })
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

test('R1 R4 an officer scans the code off the phone’s screen and sees that it is genuine and may be used', async () => {
  const { png } = await photograph(good.page)
  const seen = await scan(police.page, camera, png)
  assert.deepEqual([seen.outcome, seen.word, seen.line], ['usable', '可用', '真实·正常·已联网核查'])
  assert.equal(await read(police.page, 'person-name'), good.driver.name)
  assert.equal((await read(police.page, 'person-number')).replaceAll(' ', ''), good.driver.number)
  assert.match(await read(police.page, 'class-C1'), /^C1 ?小型汽车/)
  assert.match(await read(police.page, 'fact-file_number'), new RegExp(good.driver.fileNumber))
  assert.match(await read(police.page, 'paper'), /无须纸质驾驶证/, 'R5: no paper is asked for')
  await police.page.waitForFunction(() => { const photo = document.querySelector('[data-testid=photo]'); return photo?.complete && photo.naturalWidth > 0 })
  assert.ok(seen.took < 5000, `the verdict took ${seen.took} ms`)
})

test('R1 the driver’s phone turns to 已由××核验 at that moment, and keeps it under 查验记录', async () => {
  const by = good.page.locator('#met .by')
  await by.waitFor()
  assert.match(await by.innerText(), /^已由示范市交警支队安澜大队核验 \d\d:\d\d$/)
  assert.equal(await good.page.locator('#met .result').innerText(), '可用')
  await press(police.page, 'match-yes')
  await police.page.locator('[data-testid=match][data-match=true]').waitFor()
  const number = await read(police.page, 'check-number')

  const app = await good.context.newPage()
  await app.goto(server.url + '/driver/#/checks')
  await app.getByTestId('check').first().click()
  assert.equal(await read(app, 'check-number'), number)
  assert.match(await read(app, 'checked-by'), /^已由示范市交警支队安澜大队核验 \d\d:\d\d$/)
  assert.match(await read(app, 'given'), /姓名.*准驾车型|准驾车型.*姓名/, 'what was given away is listed')
  await says(app, /松风路口.*编号 000317.*人证一致 是/)
  await app.close()
})

test('the receipt of a check holds no more than was shown, and anyone who holds it can confirm it online', async () => {
  const answered = police.page.waitForResponse(/\/receipt$/)
  await press(police.page, 'open-receipt')
  const { confirmUrl } = await (await answered).json()
  const number = await read(police.page, 'receipt-number')
  assert.equal(await read(police.page, 'receipt-word'), '可用')
  assert.ok(!(await read(police.page, 'receipt')).includes(good.driver.number), 'the number is masked')

  const stranger = await openPage(phones)
  await stranger.goto(confirmUrl)
  await stranger.getByTestId('receipt-genuine').waitFor()
  assert.equal(await read(stranger, 'receipt-number'), number)
  await stranger.goto('about:blank')
  await stranger.goto(confirmUrl.slice(0, -1) + (confirmUrl.endsWith('A') ? 'B' : 'A'))
  await stranger.getByTestId('receipt-unknown').waitFor()
  await stranger.context().close()
})

test('R4 a code used before is refused to another terminal, while the same terminal gets the same answer', async () => {
  await next(police.page)
  kept = await photograph(good.page)
  assert.equal((await scan(police.page, camera, kept.png)).outcome, 'usable')
  const number = await read(police.page, 'check-number')

  await next(police.page)
  await police.page.getByTestId('picture-input').setInputFiles({ name: 'code.png', mimeType: 'image/png', buffer: kept.png })
  await police.page.getByTestId('verdict').waitFor()
  assert.equal(await read(police.page, 'check-number'), number, 'asked again, the same check')

  second = await terminalOf(server, camera.browser, 'police', { operator: 1, place: '望海街口' })
  const seen = await scan(second.page, camera, kept.png)
  assert.deepEqual([seen.outcome, seen.word, seen.line], ['replayed', '码已用过', '同一个码只能核验一次'])
  await says(second.page, /replayed_code/)
  await second.page.context().close()
})

test('R4 a code with one character changed is 码不真实, and nothing of it is shown', async () => {
  const { text } = await photograph(good.page)
  const at = text.length - 20
  const forged = text.slice(0, at) + (text[at] === '7' ? '8' : '7') + text.slice(at + 1)
  await next(police.page)
  const seen = await scan(police.page, camera, await drawn(forged))
  assert.deepEqual([seen.outcome, seen.word, seen.line], ['forged', '码不真实', '签名与任何发证机关都不符'])
  assert.ok(!(await all(police.page)).includes(good.driver.name))
})

/** A picture of a code that no phone showed. */
async function drawn(text) {
  const { data, size } = encode(text, { ecc: 'M', border: 4 })
  const squares = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : '')))
  const page = await openPage(phones)
  await page.setContent(`<svg width="400" height="400" viewBox="0 0 ${size} ${size}" shape-rendering="crispEdges"><path d="${squares.join('')}"/></svg>`)
  const png = await page.locator('svg').screenshot()
  await page.context().close()
  return png
}

test('S33 an address in a QR is said to be no licence code, and nothing is opened', async () => {
  await next(police.page)
  const asked = []
  const note = (request) => asked.push(request.url())
  const context = police.page.context()
  context.on('request', note)
  for (const text of ['https://foreign.example/?EDL1:RRQXO8', 'edl://check/EDL1', 'javascript:location.assign("https://foreign.example")']) {
    await looking(police.page)
    camera.show(await drawn(text))
    await police.page.locator('[data-testid=scan-hint][data-hint=foreign]').waitFor()
    camera.clear()
    await police.page.locator('[data-testid=scan-hint][data-hint=aim]').waitFor()
  }
  context.off('request', note)
  const everyMinute = /\/api\/(public\/about|terminal\/(session|bundle))|\/s\/[^/]+$/ // whatever is scanned: who is signed in, the bundle and its lists
  assert.deepEqual(asked.filter((url) => !everyMinute.test(url)), [], 'the terminal asked nobody about them')
  assert.equal(context.pages().length, 1)
  assert.match(police.page.url(), /\/verify\/#\/scan$/)
})

test('R4 a phone whose clock is off is told so, never called forged, and is right again once it was online', async () => {
  const late = await driverOf(server, phones, 'holder:3')
  await openCode(server, late.page)
  await late.page.waitForFunction(() => navigator.serviceWorker.controller)
  await late.context.setOffline(true)
  await late.context.clock.install({ time: Date.now() + 10 * 60_000 })
  await openCode(server, late.page)

  await looking(police.page)
  const seen = await scan(police.page, camera, (await photograph(late.page)).png)
  assert.deepEqual([seen.outcome, seen.word, seen.line], ['clock', '手机时间不准', '请打开“自动设置时间”'])
  await says(police.page, /不是假码/)

  await late.context.setOffline(false)
  await openCode(server, late.page)
  await late.page.locator('#fresh', { hasText: '已联网' }).waitFor()
  const again = await rescanned(police.page, late.page)
  assert.equal(again, 'usable')
  await late.context.close()
})

/** The camera is open on the page of the refusal: the new code is put before it. */
async function rescanned(terminal, phone) {
  await looking(terminal)
  camera.show((await photograph(phone)).png)
  await terminal.locator('[data-testid=verdict][data-outcome=usable]').waitFor()
  camera.clear()
  return terminal.getByTestId('verdict').getAttribute('data-outcome')
}

test('R8 a rental clerk says vehicle and return once, scans, and learns what renting needs and no more', async () => {
  rental = await terminalOf(server, camera.browser, 'rental', { place: '远帆租车示范店' })
  const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
  await rental.page.getByTestId('vehicle-C1').check()
  await rental.page.getByTestId('rental-end').fill(day)
  await press(rental.page, 'form-submit')

  const seen = await scan(rental.page, camera, (await photograph(good.page)).png)
  assert.deepEqual([seen.outcome, seen.word, seen.line], ['usable', '可用', '真实·可驾本车·覆盖还车日'])
  assert.equal(await rental.page.getByTestId('answer-class_covers').getAttribute('data-yes'), 'true')
  const shown = await all(rental.page)
  for (const secret of [good.driver.number, good.driver.fileNumber, '累积记分', '住址', good.driver.name]) assert.ok(!shown.includes(secret), `rental does not get ${secret}`)

  await next(rental.page)
  assert.match(await read(rental.page, 'edit-form'), /小型汽车.*还车/, 'vehicle and return stay for the next driver')
})

test('R8 where the licence cannot be used the clerk is not told why: the driver’s phone says it, at that moment', async () => {
  bad = await driverOf(server, phones, 'held-status:D')
  await openCode(server, bad.page)
  assert.equal(await bad.page.locator('#word').innerText(), '不能使用')
  assert.equal(await bad.page.locator('#reason').innerText(), '驾驶证在暂扣期内，不能驾驶机动车。')

  const seen = await scan(rental.page, camera, (await photograph(bad.page)).png)
  assert.deepEqual([seen.outcome, seen.word, seen.line], ['not_usable', '当前不能使用', '请驾驶人在本人手机上查看原因'])
  assert.doesNotMatch(await all(rental.page), /暂扣/)
  await bad.page.locator('#met').waitFor()
  assert.match(await bad.page.locator('#met .by').innerText(), /^已由远帆租车示范店核验 \d\d:\d\d$/)
  assert.equal(await bad.page.locator('#met .result').innerText(), '驾驶证在暂扣期内，不能驾驶机动车。期满后到作出决定的交管部门办理。')
})

test('R4 R5 an officer sees why it cannot be used, since when, what next, and that the paper licence must be collected', async () => {
  await next(police.page)
  const seen = await scan(police.page, camera, (await photograph(bad.page)).png)
  assert.deepEqual([seen.outcome, seen.word], ['not_usable', '不能使用'])
  assert.match(seen.line, /^暂扣·自\d+月\d+日起$/)
  assert.match(await read(police.page, 'cause-D'), /暂扣.*驾驶证在暂扣期内，不能驾驶机动车。/)
  const paper = police.page.getByTestId('paper')
  assert.equal(await paper.getAttribute('data-needed'), 'true')
  assert.match(await paper.innerText(), /暂扣期内：纸质驾驶证应已交存；驾驶人仍持有的，须收存。/)
  await says(police.page, /告知驾驶人：期满后到作出决定的交管部门办理。/)
})

test('R4 a status that turned bad between showing and scanning decides: the code was made while all was well', async () => {
  const { png } = await photograph(good.page)
  const app = await good.context.newPage()
  await app.goto(server.url + '/driver/#/licence')
  const line = await registerLine(app, good.driver, { ZT: 'U' })
  const fed = Date.now()
  await server.feed([line])
  const turned = good.page.locator('body.not')
  await turned.waitFor()
  const after = Date.now() - fed
  assert.ok(after < 5000, `the phone’s 亮码 turned ${after} ms after the register changed`)

  await next(police.page)
  const seen = await scan(police.page, camera, png)
  assert.deepEqual([seen.outcome, seen.word], ['not_usable', '不能使用'])
  assert.match(seen.line, /^扣留·自/)
  await app.getByTestId('state-licence').filter({ hasText: '扣留' }).waitFor()
  assert.equal(await sentence(app, 'opening'), '当前不能驾驶机动车')
  await server.feed([{ ...line, ZT: 'A' }])
  await good.page.locator('body.usable').waitFor()
  await app.close()
})

test('本班记录 counts the checks of the shift, those without a verdict apart', async () => {
  await press(police.page, 'next')
  await press(police.page, 'open-history')
  await police.page.getByTestId('log').waitFor()
  assert.equal(await read(police.page, 'tally-usable'), '3')
  assert.equal(await read(police.page, 'tally-not-usable'), '2')
  assert.equal(await read(police.page, 'tally-forged'), '1')
  assert.equal(await read(police.page, 'tally-none'), '1', 'the phone with the wrong clock')
})

test('R4 a screenshot two minutes old is 码已过期, and the same phone’s new code is taken at once', async () => {
  const { png } = await photograph(good.page)
  await server.again(['--demo-clock', '+2m'])
  await press(police.page, 'next')
  const seen = await scan(police.page, camera, png)
  assert.deepEqual([seen.outcome, seen.word, seen.line], ['expired', '码已过期', '请驾驶人刷新后再扫'])
  await openCode(server, good.page, { moving: true })
  await good.page.locator('#fresh', { hasText: '已联网' }).waitFor()
  assert.equal(await rescanned(police.page, good.page), 'usable')
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
