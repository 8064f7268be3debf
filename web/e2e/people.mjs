// What people do, in the words of the pages: a driver signs in, binds a phone
// and shows the code, a clerk enrols a terminal and signs in, staff sit down at
// the console. Each step presses what a person would press.
import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { deskView, isTouched, openPage, patience, phoneView } from './browser.mjs'
import { totp } from './server.mjs'

/** A touch on a phone, a click at a desk. */
export const press = (page, id) => (isTouched(page) ? page.getByTestId(id).tap() : page.getByTestId(id).click())
export const type = (page, id, text) => page.getByTestId(id).fill(text)
export const read = async (page, id) => (await page.getByTestId(id).innerText()).replace(/\s+/g, ' ').trim()
/** What stands on the page, without the breaks that a screen brings. */
export const all = async (page) => (await page.locator('body').innerText()).replace(/\s+/g, ' ')
/** Waits until that stands on the page: what a touch or a reload brings comes a moment later. */
export async function says(page, wanted) {
  const said = page.waitForFunction(({ source, flags }) => new RegExp(source, flags).test(document.body.innerText.replace(/\s+/g, ' ')), { source: wanted.source, flags: wanted.flags })
  await said.catch(async () => assert.match(await all(page), wanted))
}
/** Holds back what a page asks for there, always or so many times, until the function that this returns is called. */
export async function hold(page, where, times) {
  let letGo
  const free = new Promise((done) => { letGo = done })
  await page.route(where, async (route) => { await free; await route.continue() }, { times })
  return letGo
}
/** Asks until there is an answer. (page.waitForFunction takes the promise of any answer for a yes.) */
export async function eventually(ask) {
  for (const late = Date.now() + patience; Date.now() < late;) {
    const answer = await ask()
    if (answer) return answer
    await new Promise((done) => setTimeout(done, 100))
  }
  assert.fail('what was asked for never came')
}
/** Waits until the page stands: it has its heading, and nothing of it is still being read. */
export const settled = (page) => page.waitForFunction(() => document.querySelector('h1, h2') && !document.querySelector('.bones, .bone, .spin'))
/** A sentence as it is written, without the blanks and joints that keep its words together. */
export const sentence = async (page, id) => (await page.getByTestId(id).textContent()).replace(/[\s\u200b\u2060]+/g, '')

/** A phone or desk that keeps passkeys and confirms them by itself. */
export async function withAuthenticator(page) {
  const cdp = await page.context().newCDPSession(page)
  await cdp.send('WebAuthn.enable')
  await cdp.send('WebAuthn.addVirtualAuthenticator', {
    options: { protocol: 'ctap2', transport: 'internal', hasResidentKey: true, hasUserVerification: true, isUserVerified: true, automaticPresenceSimulation: true },
  })
}

// --- by keyboard alone

/** Moves by Tab until the control has the focus. */
export async function tabTo(page, id) {
  await page.getByTestId(id).waitFor()
  for (let n = 0; n < 80; n++) {
    if (await page.evaluate((wanted) => document.activeElement?.dataset.testid === wanted, id)) return
    await page.keyboard.press('Tab')
  }
  assert.fail(`Tab does not reach ${id}`)
}

export async function pressKey(page, id, key) {
  await tabTo(page, id)
  await page.keyboard.press(key)
}

export async function typeKeys(page, id, text) {
  await tabTo(page, id)
  await page.keyboard.type(text)
}

/** Signs in and binds by keyboard alone, to the app's first page. */
export async function driverByKeys(server, browser, key, options = {}) {
  const page = await openPage(browser, { ...phoneView, hasTouch: false, ...options })
  const driver = server.driver(key)
  const newest = () => server.messages()[0]?.seq ?? 0
  const code = async (after) => (await server.sms(driver.phone, after)).code

  await page.goto(server.url + '/driver/')
  let sent = newest()
  await typeKeys(page, 'phone', driver.phone)
  await pressKey(page, 'send-code', 'Space')
  await typeKeys(page, 'code', await code(sent))
  await page.keyboard.press('Enter')

  await typeKeys(page, 'file-number', driver.fileNumber)
  await typeKeys(page, 'name', driver.name)
  await typeKeys(page, 'document-number', driver.number)
  await pressKey(page, 'consent-number', 'Space')
  await pressKey(page, 'consent-privacy', 'Space')
  sent = newest()
  await pressKey(page, 'bind-next', 'Enter')
  await typeKeys(page, 'code', await code(sent))
  await pressKey(page, 'bind', 'Enter')
  await page.getByTestId('opening').waitFor()
  return { page, driver, context: page.context() }
}

/** Chooses a file in the window that a key opened. */
export async function fileByKey(page, id, picture) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), pressKey(page, id, 'Enter')])
  await chooser.setFiles(picture)
}

// --- the driver

/** Signs a phone number in; the session shows no licence yet. */
export async function signIn(server, page, phone) {
  const before = server.messages()[0]?.seq ?? 0
  await page.goto(server.url + '/driver/#/signin')
  await type(page, 'phone', phone)
  await press(page, 'send-code')
  await page.getByTestId('code').waitFor()
  await type(page, 'code', (await server.sms(phone, before)).code)
  await press(page, 'sign-in')
  await page.waitForURL((url) => !url.hash.startsWith('#/signin'))
}

/** Fills in the binding and answers the code that went to the phone on the register. */
export async function bind(server, page, driver) {
  await page.goto(server.url + '/driver/#/bind')
  await page.getByTestId('name').waitFor()
  await type(page, 'name', driver.name)
  await page.getByTestId('document-type').selectOption(driver.documentType)
  await type(page, 'document-number', driver.number)
  await type(page, 'file-number', driver.fileNumber)
  await press(page, 'consent-privacy')
  await press(page, 'consent-number')
  const before = server.messages()[0]?.seq ?? 0
  await press(page, 'bind-next')
  await page.getByTestId('code').waitFor()
  await type(page, 'code', (await server.sms(driver.phone, before)).code)
  await press(page, 'bind')
}

/** Opens the app as the driver of a case, on a phone of their own, bound. */
export async function driverOf(server, browser, key, options = phoneView) {
  const page = await openPage(browser, options)
  const driver = server.driver(key)
  await signIn(server, page, driver.phone)
  await bind(server, page, driver)
  await page.getByTestId('opening').waitFor()
  return { page, driver, context: page.context() }
}

/** Follows a link of the app without loading it anew, as a press on a link does. */
export const visit = (page, path) => page.evaluate((to) => void (location.hash = to), `#${path}`)

/**
 * Opens 亮码 and waits for a code. Its drawing turns slowly on a phone; here, where the processor
 * paints each picture, it rests unless `moving`, as for those who asked their phone for less motion.
 */
export async function openCode(server, page, { moving = false } = {}) {
  await page.emulateMedia({ reducedMotion: moving ? 'no-preference' : 'reduce' })
  await page.goto(server.url + '/driver/code/')
  await page.locator('#code[data-code]').waitFor()
}

/** The pixels of the code on the phone's screen, and the text that they draw. */
export async function photograph(page) {
  while (await page.locator('#met').isVisible()) await page.locator('#met button').click({ timeout: 1000 }).catch(() => {}) // it may go by itself first
  for (;;) {
    const text = await page.locator('#code').getAttribute('data-code')
    const png = await page.locator('figure.qr').screenshot()
    if (text === (await page.locator('#code').getAttribute('data-code'))) return { text, png }
  }
}

/** The licence as a line of the register, with what is to change. */
export async function registerLine(page, driver, changes) {
  const { face } = await page.evaluate(() => fetch('/api/driver/licence').then((r) => r.json()))
  assert.ok(face, 'the app shows the licence')
  return {
    DABH: driver.fileNumber, document_type: driver.documentType, SFZMHM: driver.number, XM: driver.name, address: face.address,
    ZJCX: face.classes.map((c) => c.code).join(''), CCLZRQ: face.firstIssue, YXQS: face.validFrom, YXQZ: face.validTo ?? '长期',
    ZT: 'A', LJJF: String(face.points), FZJG: face.authority, ...changes,
  }
}

/** The code for terminals without a network, another than the one that is spent: pressed off and on, the phone makes a new one. */
export async function selfContained(page, spent = '') {
  const toggle = page.locator('#offline')
  const unlike = (old) => page.waitForFunction((it) => document.querySelector('#code').dataset.code !== it, old)
  const pressed = async () => (await toggle.getAttribute('aria-pressed')) === 'true'
  if ((await pressed()) && (await page.locator('#code').getAttribute('data-code')) === spent) {
    await toggle.tap()
    await unlike(spent)
  }
  if (!(await pressed())) await toggle.tap()
  await page.waitForFunction((old) => { const { code } = document.querySelector('#code').dataset; return code !== old && code.length > 800 }, spent)
  return photograph(page)
}

const portraits = new URL('../../internal/demo/portraits/', import.meta.url)

/** A picture as an album offers it: one of the invented portraits, taken now. */
export const portrait = (name) => ({ name: `${name}.jpg`, mimeType: 'image/jpeg', buffer: readFileSync(new URL(`${name}.jpg`, portraits)) })

/** The same as a file of another day, which an album takes for the day of the photo. */
export function portraitOf(name, day) {
  const file = join(mkdtempSync(join(tmpdir(), 'edl-album-')), `${name}.jpg`)
  writeFileSync(file, portrait(name).buffer)
  utimesSync(file, new Date(day), new Date(day))
  return file
}

/** Reads 证件照上传须知 to its end; before that there is no way on. */
export async function readRules(page) {
  await page.getByTestId('rules-end').waitFor({ state: 'attached' })
  await page.getByTestId('rules-end').scrollIntoViewIfNeeded()
  await page.getByTestId('album').waitFor()
}

/** 相册选择: chooses a picture from the album. */
export async function fromAlbum(page, picture) {
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), press(page, 'album')])
  await chooser.setFiles(picture)
}

/** Declares, item by item, what no program could tell of the photo. */
export async function declareAll(page) {
  await page.getByTestId('declare').first().waitFor()
  const boxes = page.getByTestId('declare')
  for (let n = await boxes.count(); n > 0; n--) await boxes.nth(n - 1).tap()
}

/** From the checked photo to 申请已提交. */
export async function handIn(page) {
  await press(page, 'next')
  await declareAll(page)
  await press(page, 'consent-number')
  await press(page, 'consent-face')
  const due = await read(page, 'due')
  await press(page, 'submit')
  await page.getByTestId('due-card').waitFor()
  return due
}

// --- the terminal

export const secretPIN = '482915'

/** Enrols a terminal of a relying party and signs an operator in, who changes the PIN. */
export async function terminalOf(server, browser, kind, options) {
  const page = await openPage(browser, { ...phoneView, permissions: ['camera'] })
  await page.goto(server.url + '/verify/')
  return terminalAt(server, page, kind, options)
}

/** The same on a page that shows the terminal already. */
export async function terminalAt(server, page, kind, { operator = 0, place = '松风路口', party = server.party(kind) } = {}) {
  await type(page, 'enrol-code', party.codes.shift())
  await type(page, 'enrol-name', `${party.name} 1 号`)
  await type(page, 'enrol-place', place)
  await press(page, 'enrol-submit')
  const who = party.operators[operator]
  await type(page, 'operator-number', who.number)
  await type(page, 'pin', who.pin)
  await page.locator('[data-testid=pin-change][data-step=new]').waitFor()
  await type(page, 'pin', secretPIN)
  await page.locator('[data-testid=pin-change][data-step=again]').waitFor()
  await type(page, 'pin', secretPIN)
  await page.getByTestId('open-menu').waitFor()
  return { page, party, operator: who }
}

/** The camera looks for the next code. */
export const looking = (terminal) => terminal.locator('[data-testid=lens][data-state=on][data-looking=true]').waitFor()

/** Holds a picture before the terminal's camera until the terminal says something. */
export async function scan(terminal, camera, png) {
  await looking(terminal)
  camera.show(png)
  await terminal.getByTestId('verdict').waitFor()
  camera.clear()
  const verdict = terminal.getByTestId('verdict')
  return { outcome: await verdict.getAttribute('data-outcome'), word: await read(terminal, 'word'), line: await read(terminal, 'line'), took: Number(await verdict.getAttribute('data-took')) }
}

/** 下一个: back to the camera. */
export async function next(terminal) {
  await press(terminal, 'next')
  await looking(terminal)
}

// --- the console

const spent = new Map() // by member: the newest time step whose code was used

/** A code that serves: each does once, so for whoever signs in again at once it is the next step's, which the server takes too. */
async function freshCode(server, { login, totpSecret }) {
  const now = () => Math.floor(server.now() / 30_000)
  const step = Math.max(now(), (spent.get(login) ?? 0) + 1)
  spent.set(login, step)
  while (step > now() + 1) await new Promise((resolve) => setTimeout(resolve, 500))
  return totp(totpSecret, step * 30_000)
}

/** Signs a member of the staff in: the nth of those with the role. */
export async function consoleOf(server, browser, role, n = 0) {
  const page = await openPage(browser, deskView)
  const member = server.staff(role, n)
  await page.goto(server.url + '/staff/')
  await type(page, 'login', member.login)
  await type(page, 'password', member.password)
  await press(page, 'next')
  await page.getByTestId('totp-1').pressSequentially(await freshCode(server, member))
  await page.getByTestId('who').waitFor()
  return { page, member }
}

/** Decides on the case by a press, and lets the 30 seconds pass in which that can be taken back. */
export async function decideForGood(server, desk, decision) {
  const decided = desk.waitForResponse((r) => /\/api\/staff\/review\/[^/]+\/(approve|refuse)$/.test(r.url()))
  await decision()
  assert.ok((await decided).ok(), 'the decision was taken')
  await server.pass(30)
}
