// The photo: the notice that must be read, album and camera, review by a
// person, its reasons in the driver's words, the window after the third. R14,
// R18 to R20.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera, phoneView, troubles } from './browser.mjs'
import { consoleOf, decideForGood, driverOf, fromAlbum, handIn, portrait, press, read, readRules, says, sentence, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, camera, holder, newcomer, album, desk

before(async () => {
  [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera({ width: 1440, height: 1080 })])
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

/** Every element of the notice's rules; none may be lost. */
const rules = [
  '本人', '6个月内', '正面', '免冠', '彩色', '单人', '半身', '一寸', '不对人像特征进行技术处理', '不使用合成相片',
  '光线均匀', '背景白色', '坐姿端正', '双肩水平', '表情自然', '正视镜头',
  '头发不遮盖面部', '耳朵', '凌乱', '蓬松', '不化浓妆', '过浅衣服', '制式服装', '口罩', '墨镜', '帽子', '围巾', '饰品',
  '衣衫不整', '过于暴露', '夸张姿势', '手势', '眨眼睛',
  '社会主义精神文明建设', '社会主义道德风尚', '社会公序良俗', '标识、数字、字母、文字', '法律、法规及政策',
]

test('R20 证件照上传须知 holds every rule of the notice, and both ways on open only at its end', async () => {
  holder = await driverOf(server, phones, 'holder:4')
  const { page } = holder
  await visit(page, '/electronic')
  await press(page, 'change-photo')
  await page.getByTestId('rule-group').first().waitFor()
  assert.equal((await page.locator('h1').innerText()).trim(), '证件照上传须知')
  const notice = (await page.getByTestId('rule-group').allTextContents()).join('').replace(/\s/g, '')
  assert.deepEqual(rules.filter((rule) => !notice.includes(rule)), [])

  assert.equal(await page.getByTestId('read-first').isDisabled(), true)
  for (const way of ['album', 'camera']) assert.equal(await page.getByTestId(way).count(), 0, `${way} before the end was read`)
  await readRules(page)
  assert.equal(await read(page, 'album'), '相册选择')
  assert.equal(await read(page, 'camera'), '拍照')
  await says(page, /拍照请他人协助/)
})

test('R18 换照片 is for those who hold the electronic licence: who does not is told so', async () => {
  album = await driverOf(server, phones, 'route:album')
  const { page } = album
  await visit(page, '/electronic')
  await page.getByTestId('photo-needed').waitFor()
  assert.equal(await page.getByTestId('change-photo').count(), 0)
  await visit(page, '/photo/change')
  await page.getByTestId('change-refused').waitFor()
  assert.match(await sentence(page, 'change-refused'), /您还没有有效的电子驾驶证，请先申领，再换照片。/)
})

test('R18 R19 a holder changes the photo from the album: 申请已提交, a due time, 网办进度, and the old one stays usable', async () => {
  const { page } = holder
  await fromAlbum(page, portrait('gu'))
  const due = await handIn(page)
  assert.match(due, /^\d+月\d+日（周[一二三四五六日].*）24:00前办结/)
  assert.equal(await read(page, 'status'), '申请已提交')
  assert.ok(due.replace(/\s/g, '').startsWith(await sentence(page, 'due')), 'the progress says the same time')
  assert.match(await read(page, 'timeline'), /^申请已提交 .*等待审核.*结果通知/)
  await says(page, /原来的照片和电子驾驶证照常使用/)
  await visit(page, '/')
  await page.getByTestId('open-application').waitFor()
  await press(page, 'tile-progress')
  await page.getByText('换照片').first().waitFor()
})

test('R14 without a photo on file somebody else takes it with the driver’s phone, and it is handed in', async () => {
  newcomer = await driverOf(server, camera.browser, 'route:camera', { ...phoneView, permissions: ['camera'] })
  const { page } = newcomer
  await press(page, 'apply-call')
  await press(page, 'add-photo')
  await readRules(page)
  camera.show(portrait('lin').buffer)
  await press(page, 'camera')
  assert.match(await read(page, 'camera-help'), /请他人协助/)
  await press(page, 'timer-0')
  await page.getByTestId('viewfinder').waitFor()
  await page.waitForFunction(() => document.querySelector('[data-testid=viewfinder]').videoWidth > 0)
  await press(page, 'shoot')
  await page.getByTestId('taken').waitFor()
  await press(page, 'use-photo')
  await handIn(page)
  assert.equal(await read(page, 'status'), '申请已提交')
})

/** Hands in a picture of the album for the driver without one on file. */
async function applyFromAlbum(name) {
  await readRules(album.page)
  await fromAlbum(album.page, portrait(name))
  await handIn(album.page)
}

test('R14 or a photo is chosen from the album', async () => {
  await visit(album.page, '/electronic')
  await press(album.page, 'add-photo')
  await applyFromAlbum('han')
  assert.equal(await read(album.page, 'status'), '申请已提交')
})

/** Confirms every rule that a program cannot judge, by the key D. */
async function confirmAll() {
  const boxes = await desk.getByTestId('check').count()
  for (let n = 0; n < boxes; n++) await desk.keyboard.press('d')
  assert.equal(await desk.locator('[data-testid=check]:checked').count(), boxes)
}
const nextCase = (after) => desk.waitForFunction((old) => ![old, undefined].includes(document.querySelector('[data-testid=case-number]')?.textContent), after)

test('the reviewer’s next case opens by itself, the first due first, and another reviewer cannot take it', async () => {
  desk = (await consoleOf(server, phones, 'review')).page
  await desk.getByTestId('decide').waitFor()
  assert.match(await read(desk, 'decide'), new RegExp(holder.driver.name))
  const other = (await consoleOf(server, phones, 'review', 1)).page
  await other.getByTestId('queue-item').filter({ hasText: holder.driver.name }).waitFor()
  const held = other.getByTestId('queue-item').filter({ hasText: holder.driver.name })
  assert.equal(await held.isDisabled(), true)
  assert.match(await held.innerText(), /邱明远 在办/)
  await other.getByTestId('decide').waitFor()
  await other.keyboard.press('s') // lays back what opened by itself
  await other.getByTestId('open-next').waitFor()
  await other.context().close()
})

test('an approval needs every rule confirmed, and can be taken back for 30 seconds, before the driver hears of it', async () => {
  await desk.keyboard.press('a')
  assert.match(await read(desk, 'decide-hint'), /还有 \d+ 项没有确认/)
  const number = await read(desk, 'case-number')
  const told = server.messages().length
  await confirmAll()
  await desk.keyboard.press('a')
  await desk.getByTestId('undo-toast').waitFor()
  assert.match(await read(desk, 'undo-seconds'), /^\d+ 秒后通知驾驶人$/)
  await desk.keyboard.press('u')
  await desk.getByTestId('case-number').filter({ hasText: number }).waitFor()
  assert.equal(server.messages().length, told, 'no message left')
  await desk.keyboard.press('a')
  await nextCase(number)
})

test('R15 R19 what was approved is issued, and every driver is told by a message', async () => {
  assert.match(await read(desk, 'decide'), new RegExp(newcomer.driver.name))
  const number = await read(desk, 'case-number')
  await confirmAll()
  await desk.keyboard.press('a')
  await nextCase(number)

  await newcomer.page.locator('[data-testid=due-card][data-status=issued]').waitFor()
  await press(newcomer.page, 'see-licence')
  await newcomer.page.getByTestId('electronic-name').waitFor({ state: 'attached' })
  await visit(holder.page, '/messages')
  await holder.page.getByTestId('message').filter({ hasText: '照片' }).first().waitFor()
  const sms = server.messages().filter((m) => m.to === holder.driver.phone).map((m) => m.text)
  assert.ok(sms.some((text) => /照片/.test(text)), sms.join('\n'))
})

test('审核不通过 names each reason in a sentence that the driver can act on, as the reviewer saw it', async () => {
  assert.match(await read(desk, 'decide'), new RegExp(album.driver.name))
  await desk.keyboard.press('r')
  assert.match(await read(desk, 'decide-hint'), /请先选一条不通过的理由/)
  await desk.keyboard.press('1')
  await desk.keyboard.press('3')
  const words = '头发遮住了耳朵。请把头发别到耳后再拍。背景不是白色。请站在干净的白墙前拍。'
  assert.equal(await read(desk, 'driver-sentence'), words)
  await decideForGood(server, desk, () => desk.keyboard.press('r'))
  await desk.getByTestId('undo-toast').waitFor()

  await album.page.locator('[data-testid=due-card][data-status=refused]').waitFor()
  assert.equal(await sentence(album.page, 'reasons'), words)
  await says(album.page, /审核不通过/)
})

/** Hands in another picture and has it refused. */
async function refusedAgain(name) {
  await press(album.page, 'hand-in-again')
  await applyFromAlbum(name)
  await desk.getByTestId('decide').waitFor()
  await desk.keyboard.press('4')
  await decideForGood(server, desk, () => desk.keyboard.press('r'))
  await album.page.locator('[data-testid=due-card][data-status=refused]').waitFor()
}

test('after the third refusal the driver is sent to a window, which can open the way again', async () => {
  await refusedAgain('ma')
  await refusedAgain('zhou')
  const { page, driver } = album
  await says(page, /请到窗口办理.*照片 3 次审核不通过/)
  assert.equal(await page.getByTestId('hand-in-again').count(), 0)
  await visit(page, '/electronic')
  await page.getByTestId('window-only').waitFor()
  assert.match(await read(page, 'window-only'), /安澜车管所/)

  const window = (await consoleOf(server, phones, 'window')).page
  await type(window, 'case-number', 'CK-0001')
  await type(window, 'number', driver.number)
  await type(window, 'file-number', driver.fileNumber)
  await press(window, 'seen-person')
  await press(window, 'window-start')
  await press(window, 'task-unlock')
  await press(window, 'unlock-seen')
  await press(window, 'unlock')
  await page.getByTestId('photo-needed').waitFor()
  await window.context().close()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
