// 数据码: a driver opens it and saves it as a picture; the terminal reads its
// pixels and never takes it for the driver standing there.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera, troubles } from './browser.mjs'
import { all, driverOf, looking, next, press, read, registerLine, scan, sentence, terminalOf, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, camera, phone, police, png, saved

before(async () => {
  [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera()])
  phone = await driverOf(server, phones, 'holder:1')
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

/** The sequence of the bundle that this terminal keeps is in its bytes: another one is another text. */
const kept = () => police.page.evaluate(() => new Promise((resolve) => {
  const open = indexedDB.open('edl-verify-offline')
  open.onsuccess = () => {
    const get = open.result.transaction('kept').objectStore('kept').get('kept')
    get.onsuccess = () => (open.result.close(), resolve([...(get.result?.bundle ?? [])].join()))
  }
}))

/** Waits until the terminal took another bundle. */
async function newer(than) {
  for (let n = 0; n < 80; n++) {
    await police.page.evaluate(() => dispatchEvent(new Event('online')))
    await police.page.waitForTimeout(500)
    if ((await kept()) !== than) return
  }
  assert.fail('no newer bundle was taken')
}

const picture = async (page, file) => {
  await page.getByTestId('picture-input').setInputFiles(file)
  await page.getByTestId('verdict').waitFor()
}

test('the driver reads what it shows, until when, and that it is no live code; and saves it', async () => {
  const { page } = phone
  await visit(page, '/licence')
  await press(page, 'to-data')
  assert.match(await sentence(page, 'data-until'), /^有效至\d{4}年\d+月\d+日\d\d:\d\d$/)
  assert.match(await sentence(page, 'data-shows'), /姓名、小照片、准驾车型、有效期限.*不含证号/)
  assert.match(await sentence(page, 'not-live'), /不是亮码.*请打开“亮码”/)
  png = await page.locator('figure', { has: page.getByTestId('data-code') }).screenshot()
  const download = page.waitForEvent('download')
  await press(page, 'save-data')
  const file = await download
  assert.equal(file.suggestedFilename(), '驾驶证数据码.png')
  saved = { name: 'data.png', mimeType: 'image/png', buffer: readFileSync(await file.path()) }
})

test('from the page’s pixels: 真实，不是现场出示, never green, by camera and as the saved picture', async () => {
  police = await terminalOf(server, camera.browser, 'police')
  await newer('')
  const seen = await scan(police.page, camera, png)
  await phone.page.getByText(`数据码已由${police.party.name}读取`).first().waitFor()
  assert.deepEqual([seen.outcome, seen.word.replace(/\s/g, '')], ['no_record', '真实，不是现场出示'])
  assert.equal(await police.page.getByTestId('verdict').getAttribute('data-tone'), 'warn')
  assert.match(seen.line, /状态表未见停用/)
  assert.equal(await read(police.page, 'person-name'), phone.driver.name)
  assert.match(await sentence(police.page, 'meaning'), /不得据此认定可用.*请对方打开“亮码”/)
  assert.equal(await police.page.getByTestId('queued').count(), 0)
  assert.equal(await police.page.getByTestId('match-yes').count(), 0)
  assert.match(await sentence(police.page, 'noted'), /驾驶人会在“查验记录”里看到这次读取/)
  await police.page.waitForFunction(() => { const i = document.querySelector('[data-testid=photo]'); return i?.complete && i.naturalWidth > 0 })
  await next(police.page)
  await picture(police.page, saved)
  assert.equal(await sentence(police.page, 'word'), '真实，不是现场出示')
  await next(police.page)
})

test('the driver sees who read it, with what it gave', async () => {
  const { page } = phone
  await visit(page, '/checks')
  await page.getByTestId('check').nth(1).waitFor()
  await page.getByTestId('check').first().tap()
  await page.getByTestId('check-number').waitFor()
  assert.match(await sentence(page, 'checked-by'), /^数据码已由.+读取\d\d:\d\d$/)
  const text = await all(page)
  assert.match(text, /读取数据码，不是现场出示/)
  assert.match(text, /真实，不是现场出示/)
  assert.match(text, /照片/)
  assert.match(text, /现在是否可以使用/)
  assert.doesNotMatch(text, /住址|累积记分/)
  await visit(page, '/licence')
})

const typed = async (text) => {
  await police.page.keyboard.type(text)
  await police.page.getByTestId('verdict').waitFor()
  return sentence(police.page, 'word')
}

test('a hand scanner types it: whole, in small letters, in records; and a piece has its own sentence', async () => {
  const { page } = police
  const { text } = await phone.page.evaluate(() => fetch('/api/driver/show/claim169').then((r) => r.json()))
  assert.match(text, /^NCF/)
  for (const [how, keys] of Object.entries({ whole: text + '\n', small: text.toLowerCase() + '\n', records: text.replace(/.{300}/g, '$&\n') + '\n' })) {
    assert.equal(await typed(keys), '真实，不是现场出示', how)
    assert.equal(await read(page, 'person-name'), phone.driver.name)
    await next(page)
  }
  await page.keyboard.type(text.slice(0, 300))
  await page.getByTestId('verdict').waitFor()
  await page.keyboard.type(text.slice(300, 320) + '\n') // the rest presses nothing
  assert.equal(await sentence(page, 'word'), '数据码不完整')
  assert.match(await sentence(page, 'meaning'), /不是假码的结论/)
  assert.equal(await page.getByTestId('person-name').count(), 0)
  await press(page, 'next')
  await looking(page)

  await press(page, 'picture-paste')
  await type(page, 'paste-text', '  ' + text.toLowerCase().replace(/.{90}/g, '$&\r\n') + '\n')
  await press(page, 'paste-submit')
  assert.equal(await sentence(page, 'word'), '真实，不是现场出示')
  await next(page)
  await press(page, 'picture-paste')
  await type(page, 'paste-text', text.slice(0, 60))
  await press(page, 'paste-submit')
  assert.equal(await sentence(page, 'word'), '数据码不完整')
  await next(page)
})

test('after a suspension the same picture is still genuine, and the list says that the licence cannot be used', async () => {
  const before = await kept()
  await visit(phone.page, '/licence')
  await server.feed([await registerLine(phone.page, phone.driver, { ZT: 'D' })])
  await newer(before)
  await picture(police.page, saved)
  assert.match(await read(police.page, 'line'), /驾驶证现在不能使用/)
  assert.equal(await police.page.getByTestId('verdict').getAttribute('data-tone'), 'warn')
  await next(police.page)
  await visit(phone.page, '/licence/data')
  await phone.page.getByTestId('retry').waitFor() // no other is signed now
})

test('a rental company’s terminal reads nothing of it, and asks for 亮码', async () => {
  const { page } = await terminalOf(server, camera.browser, 'rental')
  await press(page, 'vehicle-C1')
  await type(page, 'rental-end', new Date(Date.now() + 86_400_000).toISOString().slice(0, 10))
  await press(page, 'form-submit')
  await looking(page)
  await picture(page, saved)
  assert.equal(await sentence(page, 'word'), '这是数据码，不是亮码')
  assert.equal(await page.getByTestId('person-name').count(), 0)
})

test('nothing went wrong in any page', () => assert.deepEqual(troubles, []))
