// Two authorities, each with a server of its own: an officer of B scans, off
// the phone's screen, the code of a driver of A. A is asked, A keeps the check
// and its driver sees it; while A is stopped that is said, and never that the
// licence is not good.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera, troubles } from './browser.mjs'
import { all, consoleOf, driverOf, looking, next, openCode, press, read, scan, selfContained, sentence, terminalOf, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

let a, b, phones, desks, camera, phone, officer, number

before(async () => {
  [a, b, phones, desks, camera] = await Promise.all([startServer(), startServer({ own: true }), launch(), launch(), launchWithCamera()])
})
after(async () => {
  await Promise.all([phones?.close(), desks?.close(), camera?.close()])
  await Promise.all([a?.stop(), b?.stop()])
})

const peers = (page) => page.evaluate(() => fetch('/api/staff/peers').then((r) => r.json()))

/** Waits until this authority has the other's bundle: it asks for it every half minute. */
async function fetched(page) {
  for (let n = 0; n < 60; n++) {
    if ((await peers(page)).authorities[0].fetchedAt) return
    await page.waitForTimeout(1000)
  }
  assert.fail('the other’s bundle was not fetched')
}

/** A new code for other authorities, off the phone's screen. */
const shown = async () => (await selfContained(phone.page, await phone.page.locator('#code').getAttribute('data-code'))).png

test('two administrators exchange key cards and read the same fingerprints', async () => {
  const [ours, theirs] = await Promise.all([a, b].map((server) => consoleOf(server, desks, 'system')))
  const cards = [await peers(ours.page), await peers(theirs.page)]
  assert.notEqual(cards[0].fingerprint, cards[1].fingerprint)
  for (const [{ page }, { own, fingerprint }] of [[ours, cards[1]], [theirs, cards[0]]]) {
    await visit(page, '/peers')
    await press(page, 'peer-add')
    await type(page, 'peer-card', own)
    await press(page, 'peer-save')
    await page.getByTestId('peer-row').waitFor()
    assert.ok((await read(page, 'peer-row')).includes(fingerprint))
  }
  for (const { page } of [theirs, ours]) await fetched(page)
})

test('B’s officer scans the code of A’s driver: A says 可用, and keeps the check with its receipt and 人证一致', async () => {
  const parts = (page) => page.waitForResponse((r) => r.url().endsWith('/api/driver/show/parts'))
  ;[phone, officer] = await Promise.all([driverOf(a, phones, 'holder:1'), terminalOf(b, camera.browser, 'police')])
  const carried = parts(phone.page)
  await openCode(a, phone.page)
  await (await carried).finished()
  const seen = await scan(officer.page, camera, await shown())
  assert.deepEqual([seen.outcome, seen.word], ['usable', '可用'])
  const { page } = officer
  assert.equal(await read(page, 'person-name'), phone.driver.name)
  number = (await read(page, 'check-number')).split(' ')[0]
  assert.match(number, /^[A-Z]{2}-\d{6}-\d{6,9}$/)
  await page.getByTestId('foreign-receipt').waitFor()
  await press(page, 'match-yes')
  await page.locator('[data-testid=match][data-match=true]').waitFor()
  await next(page)
})

test('the line in the officer’s list has A’s number and the way to its receipt, and nothing of the driver', async () => {
  const { page } = officer
  await visit(page, '/history')
  const line = page.getByTestId('log-item')
  await line.waitFor()
  const text = (await line.innerText()).replace(/\s+/g, ' ')
  assert.match(text, new RegExp(`可用.*${number} · 签发机关留存.*人证一致`))
  assert.ok(!(await page.locator('main').innerText()).includes(phone.driver.name), 'the list names the driver')
  const href = await line.locator('a').getAttribute('href')
  assert.ok(href.startsWith(`${a.url}/verify/#/receipt/${number}?k=`), href)
  assert.equal(await read(page, 'tally-usable'), '1')
  const receipt = await phone.context.newPage()
  await receipt.goto(href)
  await receipt.getByText(number).first().waitFor()
  assert.ok(!(await all(receipt)).includes(phone.driver.name), 'the receipt names the driver in full')
  await receipt.close()
  await press(page, 'next')
  await looking(page)
})

test('A stopped: 真实，状态未知, said as that, never as invalid; with A back the next code is answered', async () => {
  const { page } = officer
  await a.kill()
  const seen = await scan(page, camera, await shown())
  assert.deepEqual([seen.outcome, seen.word.replace(/\s/g, '')], ['no_record', '真实，状态未知'])
  assert.match(seen.line, /签发机关暂时联系不上.*不代表驾驶证不能使用/)
  assert.match(await sentence(page, 'meaning'), /不得据此认定可用，也不得据此认定不可用/)
  assert.equal(await page.getByTestId('verdict').getAttribute('data-tone'), 'warn')
  assert.deepEqual([await page.getByTestId('match-yes').count(), await page.getByTestId('foreign-receipt').count()], [0, 0])
  assert.equal(await read(page, 'person-name'), phone.driver.name)
  await next(page)

  await a.again()
  const again = await scan(page, camera, await shown())
  assert.deepEqual([again.outcome, again.word], ['usable', '可用'])
  await next(page)
  await visit(page, '/history')
  await page.getByTestId('log-item').nth(2).waitFor()
  await press(page, 'filter-unanswered')
  await page.getByTestId('log-item').nth(1).waitFor({ state: 'detached' })
  assert.match((await page.getByTestId('log-item').innerText()).replace(/\s+/g, ' '), /真实，状态未知/)
})

test('A’s driver sees B’s officer in 查验记录', async () => {
  const { page } = phone
  await page.goto(a.url + '/driver/#/checks')
  await page.getByTestId('check').nth(1).waitFor()
  assert.equal(await page.getByTestId('check').count(), 2)
  await page.getByTestId('check').last().tap()
  await page.getByTestId('check-number').waitFor()
  const text = await all(page)
  assert.ok(text.includes(officer.party.name) && text.includes(officer.operator.number) && text.includes(number), text)
  assert.match(text, /人证一致 是|人证一致.*一致/)
})

test('nothing went wrong in any page', () => assert.deepEqual(troubles, []))
