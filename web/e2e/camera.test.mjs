// The photo before a real camera: Chromium's own takes what the test holds
// before it, a person's photo as it should be and the same spoilt in one way
// at a time. Each fault is found before anything is handed in, in a sentence of
// its own. R18, R20, and the camera that does not open.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { launch, launchWithCamera, phoneView, troubles } from './browser.mjs'
import { consoleOf, decideForGood, driverOf, fromAlbum, handIn, portrait, press, read, readRules, sentence, visit } from './people.mjs'
import { startServer } from './server.mjs'

const root = fileURLToPath(new URL('../../', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'edl-spoilt-'))
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const picture = (name) => readFileSync(join(folder, `${name}.png`))
const withCamera = { ...phoneView, permissions: ['camera'] }

let server, phones, camera, driver

before(async () => {
  const written = execFileSync('go', ['test', '-count=1', '-v', '-run', 'TestSpoiltPhotosForTheCamera', './internal/photo'], { cwd: root, env: { ...process.env, EDL_PHOTO_SPOILT: folder }, encoding: 'utf8' })
  assert.doesNotMatch(written, /SKIP/, 'the models and the pictures are here: make test fetches them')
  ;[server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera({ width: 1440, height: 1080 })])
  driver = await driverOf(server, camera.browser, 'route:camera', withCamera)
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
  rmSync(folder, { recursive: true, force: true })
})

/** Opens the camera anew on what stands before it, at once and without a timer. */
async function openCamera({ page }) {
  await visit(page, '/')
  await page.getByTestId('opening').waitFor()
  await visit(page, '/photo/camera?for=apply')
  await press(page, 'timer-0')
  await page.waitForFunction(() => document.querySelector('[data-testid=viewfinder]')?.videoWidth > 0)
}

/** Takes the photo of what stands before the camera, up to the server's report. */
async function shoot({ page }) {
  await press(page, 'shoot')
  await page.getByTestId('taken').waitFor()
  await press(page, 'use-photo')
  await page.getByTestId('findings').waitFor()
}

/** The finding on a rule as the driver reads it. */
const finding = async (page, rule) => {
  const row = page.locator(`[data-testid=findings] [data-rule=${rule}]`)
  return { verdict: await row.getAttribute('data-verdict'), say: (await row.innerText()).replace(/\s+/g, '') }
}
const applications = (page) => page.evaluate(() => fetch('/api/driver/applications').then((r) => r.json()).then((a) => a.applications.length))

/**
 * What is held before the camera, the rule that it breaks, how, and the driver's
 * sentence. The dark is never refused by program: that would refuse dark skin.
 */
const faults = {
  nobody: ['one_person', 'fail', '请让画面里只有您一个人的脸，并且看得清'],
  'a-second-face': ['one_person', 'fail', '请让画面里只有您一个人的脸，并且看得清'],
  'tilted-by-12°': ['upright', 'fail', '请坐直，头不要歪'],
  'far-too-dark': ['exposure', 'review', '面部过暗或过亮，请换个光线合适的地方'],
  'blue-wall': ['background', 'fail', '请站在白墙前，开灯，墙上不要有图案和影子'],
  'eyes-closed': ['eyes', 'fail', '请睁开双眼再拍'],
  sunglasses: ['sunglasses', 'fail', '请摘下墨镜'],
  'head-too-small': ['one_inch', 'fail', '请调整远近，让头占画面高度的六成左右'],
  blurred: ['sharp', 'review', '照片模糊了，请拿稳手机、擦净镜头再拍'],
}

test('while the phone is held one thing at a time is said, shown and spoken, until the photo can be taken', async () => {
  const { page } = driver
  camera.show(picture('nobody'))
  await openCamera(driver)
  assert.match(await read(page, 'camera-help'), /请他人协助/)
  const said = { nobody: ['nobody', '请坐到虚线里'], 'far-too-dark': ['dark', '太暗了，请开灯，或面向窗户'], 'blue-wall': ['wall_colour', '背景不是白色，请换一面白墙'], 'shadow-on-one-side-of-the-wall': ['wall_uneven', '墙上有阴影或图案，请换个位置'], 'far-off-the-middle': ['left', '人偏左了，请移到虚线正中'], 'head-too-small': ['far', '太远了，请靠近一点'], blurred: ['blurred', '有些模糊，请拿稳手机、擦净镜头'], good: ['good', '很好，可以拍了'] }
  for (const [name, [advice, words]] of Object.entries(said)) {
    camera.show(picture(name))
    await page.waitForFunction((wanted) => { const all = [...document.querySelectorAll('[data-testid=advice]')].map((e) => `${e.dataset.advice} ${e.innerText.replace(/\s+/g, ' ').trim()}`); return all.length === 1 && all[0] === wanted }, `${advice} ${words}`)
    await page.getByTestId('advice-spoken').filter({ hasText: words }).waitFor({ state: 'attached' })
    if (advice === 'left' || advice === 'far') {
      const [seen, outline] = await Promise.all(['[data-testid=seen]', '.outline .line ellipse'].map((part) => page.locator(part).boundingBox()))
      if (advice === 'left') assert.ok(seen.x + seen.width / 2 < outline.x + 0.4 * outline.width, `the head is seen ${JSON.stringify(seen)} of ${JSON.stringify(outline)}`)
      else assert.ok(seen.width < 0.6 * outline.width, `the head is seen ${JSON.stringify(seen)} of ${JSON.stringify(outline)}`)
    } else await page.getByTestId('seen').waitFor({ state: 'detached' }) // where the head is does not matter
  }
  assert.equal(await page.getByTestId('advice-spoken').getAttribute('aria-live'), 'polite')
})

for (const [name, [rule, verdict, words]] of Object.entries(faults)) {
  test(`before it is handed in, ${name.replaceAll('-', ' ')} is found by the server and said in its own sentence`, async () => {
    camera.show(picture(name))
    await openCamera(driver)
    await shoot(driver)
    const found = await finding(driver.page, rule)
    assert.equal(found.verdict, verdict)
    assert.ok(found.say.includes(words), found.say)
    assert.equal(await driver.page.locator('.acts .btn.first').getAttribute('data-testid'), (await driver.page.locator('[data-testid=findings] [data-verdict=fail]').count()) ? 'another' : 'next', 'what is offered first')
    assert.equal(await applications(driver.page), 0, 'nothing was handed in')
  })
}

test('axe finds nothing on the camera, the photo taken, its check and its declarations, in light, dark and large', async () => {
  const { page } = driver
  const found = {}
  for (const look of [{ 'edl-theme': 'light' }, { 'edl-theme': 'dark' }, { 'edl-size': 'large' }]) {
    await page.evaluate((s) => { for (const k of ['edl-theme', 'edl-size']) s[k] ? localStorage.setItem(k, s[k]) : localStorage.removeItem(k) }, look)
    await page.reload()
    const faultless = async (where) => {
      if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
      const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
      if (violations.length) found[`${Object.values(look)} ${where}`] = violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`)
    }
    camera.show(picture('sunglasses'))
    await openCamera(driver)
    await page.getByTestId('advice').waitFor()
    await faultless('camera')
    await press(page, 'shoot')
    await page.getByTestId('taken').waitFor()
    await faultless('taken')
    await press(page, 'use-photo')
    await page.getByTestId('findings').waitFor()
    await faultless('check')
    await press(page, 'next')
    await page.getByTestId('declare').first().waitFor()
    await press(page, 'submit')
    await page.getByTestId('undeclared').waitFor()
    await faultless('declarations')
  }
  await page.evaluate(() => localStorage.removeItem('edl-size'))
  await page.reload()
  assert.deepEqual(found, {})
})

test('a file too small to print is refused outright, and the server takes no application with it', async () => {
  const { page } = driver
  await visit(page, '/photo/rules?for=apply')
  await readRules(page)
  const tiny = execFileSync('ffmpeg', ['-loglevel', 'error', '-i', join(folder, 'good.png'), '-vf', 'scale=260:378', '-f', 'image2', '-c:v', 'png', '-'])
  await fromAlbum(page, { name: 'tiny.png', mimeType: 'image/png', buffer: tiny })
  await page.getByTestId('findings').waitFor()
  const found = await finding(page, 'size')
  assert.equal(found.verdict, 'fail')
  assert.match(found.say, /照片太小，请用手机相机直接拍摄，不要用截图/)
  assert.equal(await page.getByTestId('next').count(), 0, 'there is no way on with it')
})

/** A JPEG whose EXIF says when it was taken, and by a camera held upright. */
function dated(jpeg, at) {
  const entry = (tag, kind, n, value) => { const b = Buffer.alloc(12); b.writeUInt16BE(tag); b.writeUInt16BE(kind, 2); b.writeUInt32BE(n, 4); b.writeUInt32BE(value, 8); return b }
  const tiff = Buffer.concat([Buffer.from('MM\0*\0\0\0\x08\0\x01', 'latin1'), entry(0x8769, 4, 1, 26), Buffer.from([0, 0, 0, 0, 0, 1]), entry(0x9003, 2, 20, 44), Buffer.alloc(4), Buffer.from(`${at}\0`)])
  const head = Buffer.from([0xff, 0xe1, (tiff.length + 8) >> 8, (tiff.length + 8) & 255])
  return Buffer.concat([jpeg.subarray(0, 2), head, Buffer.from('Exif\0\0'), tiff, jpeg.subarray(2)])
}

test('a large photo from the album is sent as a JPEG of at most 2000 px, and the day that the camera wrote goes along', async () => {
  const { page } = driver
  await visit(page, '/photo/rules?for=apply')
  await readRules(page)
  const large = execFileSync('ffmpeg', ['-loglevel', 'error', '-i', join(folder, 'good.png'), '-vf', 'scale=2752:4000,noise=alls=8', '-f', 'image2', '-c:v', 'mjpeg', '-q:v', '2', '-'], { maxBuffer: 1 << 25 })
  const file = dated(large, `${new Date(Date.now() - 864e5).toISOString().slice(0, 10).replaceAll('-', ':')} 09:12:00`)
  const sending = page.waitForRequest(/\/api\/driver\/photos\?/)
  await fromAlbum(page, { name: 'large.jpg', mimeType: 'image/jpeg', buffer: file })
  const sent = Number((await (await sending).allHeaders())['content-length'])
  await page.getByTestId('findings').waitFor()
  assert.ok(sent > 0 && sent < file.length / 2, `${sent} of ${file.length} bytes`)
  const seen = await page.getByTestId('photo').evaluate((img) => img.decode().then(() => [img.naturalWidth, img.naturalHeight]))
  assert.deepEqual(seen, [1376, 2000])
  assert.equal((await finding(page, 'recent')).verdict, 'pass', 'the server read the day in the file')
})

test('a good photo taken in the app is accepted from end to end: found good, handed in, approved, on the licence', async () => {
  const { page } = driver
  camera.show(picture('good'))
  await openCamera(driver)
  await shoot(driver)
  assert.deepEqual(await page.locator('[data-testid=findings] [data-verdict=fail]').allInnerTexts(), [])
  await handIn(page)
  const desk = (await consoleOf(server, phones, 'review')).page
  await desk.getByTestId('decide').filter({ hasText: driver.driver.name }).waitFor()
  const boxes = await desk.getByTestId('check').count()
  for (let n = 0; n < boxes; n++) await desk.keyboard.press('d')
  await decideForGood(server, desk, () => desk.keyboard.press('a'))
  await page.locator('[data-testid=due-card][data-status=issued]').waitFor()
  await press(page, 'see-licence')
  await page.getByTestId('electronic-name').waitFor({ state: 'attached' })
  await desk.context().close()
})

test('a photo that was reviewed before is known again, and the driver is asked for a new one', async () => {
  const other = await driverOf(server, camera.browser, 'route:album', withCamera)
  const { page } = other
  camera.show(picture('another'))
  await openCamera(other)
  await shoot(other)
  assert.equal((await finding(page, 'unused')).verdict, 'pass')
  await handIn(page)
  const desk = (await consoleOf(server, phones, 'review')).page
  await desk.getByTestId('decide').filter({ hasText: other.driver.name }).waitFor()
  await desk.keyboard.press('4')
  await decideForGood(server, desk, () => desk.keyboard.press('r'))
  await page.locator('[data-testid=due-card][data-status=refused]').waitFor()
  await openCamera(other)
  await shoot(other)
  const found = await finding(page, 'unused')
  assert.equal(found.verdict, 'fail')
  assert.match(found.say, /这张照片以前用过，请换一张新近拍摄的/)
  await desk.context().close()
})

test('what no program can tell is declared item by item, is asked for where it is missing, and survives a reload', async () => {
  const holder = await driverOf(server, phones, 'holder:5')
  const { page } = holder
  await visit(page, '/photo/rules?for=change')
  await readRules(page)
  await fromAlbum(page, portrait('gu'))
  await press(page, 'next')
  const boxes = page.getByTestId('declare')
  await boxes.first().waitFor()
  const of = await boxes.count()
  assert.ok(of >= 15, `${of} items`)
  await press(page, 'consent-number')
  await press(page, 'consent-face')
  for (let n = 0; n < of - 2; n++) await boxes.nth(n).tap()
  await press(page, 'submit')
  assert.match(await sentence(page, 'undeclared'), /还有2条没有声明/)
  await page.locator('.declares .missing').nth(1).waitFor()
  assert.equal(await page.locator('.declares .missing').count(), 2)
  await page.reload()
  await boxes.first().waitFor()
  assert.match(await sentence(page, 'declared'), new RegExp(`已声明${of - 2}/${of}`))
})

test('a camera that was not allowed, that is not there, and that another app holds: three answers, and the album in each', async () => {
  const said = {}
  const refusing = await launch(['--use-fake-device-for-media-stream', '--deny-permission-prompts'])
  // No other program can hold Chromium's own camera. What is simulated is that the film vanishes between Chromium's
  // look for cameras and the start; that the start fails, and with which error, is Chromium's own doing.
  const untilItIsHeld = async (page) => {
    const end = camera.flicker()
    try {
      for (let tries = 0; tries < 200; tries++) {
        const opened = page.locator('[data-testid=retry], [data-testid=shoot]:enabled').first().waitFor({ timeout: 10_000 })
        if (!(await opened.then(() => true, () => false))) { // gone in the middle of the start: Chromium waits for ever
          await page.reload()
          continue
        }
        if (await page.locator('[data-trouble=busy]').count()) return
        await press(page, (await page.getByTestId('retry').count()) ? 'retry' : 'turn-camera') // gone before Chromium looked, or opened
      }
    } finally {
      end()
    }
  }
  try {
    for (const [trouble, browser, options, key] of [['missing', phones, withCamera, 'holder:1'], ['denied', refusing, phoneView, 'holder:2'], ['busy', camera.browser, withCamera, 'holder:3']]) {
      const { page } = await driverOf(server, browser, key, options)
      const listen = () => { const ask = MediaDevices.prototype.getUserMedia; MediaDevices.prototype.getUserMedia = function (...of) { return ask.apply(this, of).catch((error) => { window.cameraSaid = error.name; throw error }) } } // changes nothing
      if (trouble === 'busy') await Promise.all([page.addInitScript(listen), page.evaluate(listen)])
      await visit(page, '/photo/camera?for=change')
      if (trouble === 'busy') {
        await untilItIsHeld(page)
        assert.equal(await page.evaluate(() => window.cameraSaid), 'NotReadableError')
      }
      await page.getByTestId('camera-trouble').waitFor()
      assert.equal(await page.getByTestId('camera-trouble').getAttribute('data-trouble'), trouble)
      said[trouble] = await read(page, 'camera-trouble')
      assert.equal(await read(page, 'album'), '相册选择')
      await fromAlbum(page, portrait('han'))
      await page.getByTestId('findings').waitFor()
      await page.context().close()
    }
  } finally {
    await refusing.close()
  }
  assert.match(said.denied, /^相机没有获得允许/)
  assert.match(said.missing, /^这台设备没有找到相机/)
  assert.match(said.busy, /^相机正被别的应用占用/)
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
