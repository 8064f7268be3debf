// 用证单位申请: a company applies on a phone, with a code by text message and
// its papers; staff grant one scenario and refuse the other; its page says so,
// and the administrator's link opens the party with what was granted.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { deskView, launch, openPage, phoneView, troubles } from './browser.mjs'
import { all, consoleOf, hold, portrait, press, read, says, settled, type } from './people.mjs'
import { startServer, totp } from './server.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = process.env.EDL_SHOTS // a folder for pictures of what was seen
const shoot = async (page, name) => { if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true }) }
const phone = '19900000777'
const marked = `window.name='ran'`
const pdf = { name: '经营许可.pdf', mimeType: 'application/pdf', buffer: Buffer.from(`%PDF-1.7\n<html><script>${marked}</script></html>\n%%EOF\n`) }
const page_ = { name: '执照.pdf', mimeType: 'application/pdf', buffer: Buffer.from(`<!doctype html><script>${marked}</script>`) }

let server, browser, applicant, link, staff, invite

before(async () => { [server, browser] = await Promise.all([startServer(), launch()]) })
after(async () => {
  await browser?.close()
  await server?.stop()
})

/** The check character of a unified social credit code (GB 32100-2015). */
function uscc(first17) {
  const alphabet = '0123456789ABCDEFGHJKLMNPQRTUWXY'
  const sum = [...first17].reduce((total, c, i) => total + alphabet.indexOf(c) * (3 ** i % 31), 0)
  return first17 + alphabet[(31 - (sum % 31)) % 31]
}

async function clean(page, name) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`), [], name)
}

/** Every way a page may look, on a phone: clean, and no wider than it. */
async function looks(page, name) {
  for (const [look, set] of Object.entries({ plain: {}, dark: { theme: 'dark' }, large: { size: 'large' }, english: { lang: 'en' } })) {
    await page.evaluate((s) => { for (const k of ['theme', 'size', 'lang']) s[k] ? localStorage.setItem(`edl-${k}`, s[k]) : localStorage.removeItem(`edl-${k}`) }, set)
    await page.reload()
    await settled(page)
    await clean(page, `${name} ${look}`)
    assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} ${look} fits a phone`)
    const small = await page.evaluate(() => [...document.querySelectorAll('button, select, .btn, input.in, label.tick, textarea')].filter((e) => e.offsetParent && e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 90)))
    assert.deepEqual(small, [], `${name} ${look}: targets of 44 px`)
    await shoot(page, `${name}-${look}`)
  }
  await page.evaluate(() => { for (const k of ['theme', 'size', 'lang']) localStorage.removeItem(`edl-${k}`) })
  await page.reload()
  await settled(page)
}
const step = (n) => applicant.locator(`[data-testid=apply][data-step="${n}"]`).waitFor()

test('the way there stands on the administrators’ page; a slip is told at its field, and a reload loses no word', async () => {
  applicant = await openPage(browser, phoneView)
  await applicant.goto(server.url + '/party/')
  await press(applicant, 'to-apply')
  await step(0)
  await press(applicant, 'next')
  await applicant.getByText('这一项要填。').first().waitFor()
  await shoot(applicant, 'step1-missing')
  await type(applicant, 'name', '示范保险有限公司')
  await type(applicant, 'uscc', '91330105MA00000N34')
  await applicant.getByTestId('kind').selectOption('insurer')
  await type(applicant, 'contact', '客服部')
  await type(applicant, 'contact-phone', '0571-88880000')
  await type(applicant, 'person', '温疏桐')
  await press(applicant, 'next')
  await applicant.getByText('统一社会信用代码不对').waitFor()
  await type(applicant, 'uscc', uscc('91330105MA00000N3').toLowerCase())
  await looks(applicant, 'step1')
  assert.equal(await applicant.getByTestId('person').inputValue(), '温疏桐')
  await press(applicant, 'next')
  await step(1)
})

test('scenarios of this kind of body alone, each with its purpose', async () => {
  assert.equal(await applicant.getByTestId('want-rental').count(), 0)
  await press(applicant, 'next')
  await applicant.getByText('请至少选一个场景').waitFor()
  await applicant.getByTestId('want-underwriting').check()
  await applicant.getByTestId('want-claim').check()
  await type(applicant, 'purpose-underwriting', '承保前核验驾驶资格')
  await type(applicant, 'purpose-claim', '理赔时核对事故当时的驾驶资格')
  await looks(applicant, 'step2')
  await press(applicant, 'next')
  await step(2)
  await press(applicant, 'back')
  await step(1)
  assert.equal(await applicant.getByTestId('purpose-claim').inputValue(), '理赔时核对事故当时的驾驶资格')
  await press(applicant, 'next')
  await step(2)
})

test('the phone is confirmed by a code; from then on the address is the application', async () => {
  await type(applicant, 'phone', phone)
  await press(applicant, 'send-code')
  await applicant.getByTestId('code-sent').waitFor()
  const { code } = await server.sms(phone)
  await type(applicant, 'code', code === '000000' ? '000001' : '000000')
  await press(applicant, 'next')
  await applicant.getByText('验证码不对').first().waitFor()
  await clean(applicant, 'a wrong code')
  await shoot(applicant, 'step3-wrong')
  await type(applicant, 'code', code)
  await press(applicant, 'next')
  await step(3)
  assert.match(applicant.url(), /\/party\/apply#n=YZ\d{10}&s=/)
})

test('papers: what is none is refused and said, a photo and a PDF are kept over a reload', async () => {
  await applicant.getByTestId('pick-licence').setInputFiles(page_)
  await applicant.getByText('只收 PDF、JPEG 或 PNG').waitFor()
  await shoot(applicant, 'step4-refused')
  await applicant.getByTestId('pick-licence').setInputFiles(portrait('lin'))
  await applicant.getByTestId('kind-licence').getByTestId('file').waitFor()
  await press(applicant, 'next')
  await applicant.getByText('还缺必交的材料').waitFor()
  await applicant.getByTestId('pick-insurance').setInputFiles(pdf)
  await applicant.getByTestId('kind-insurance').getByTestId('file').waitFor()
  // While the application is being read nothing stands that could be pressed.
  const letGo = await hold(applicant, /\/api\/public\/admissions\//)
  await applicant.reload()
  await applicant.locator('main .spin').waitFor()
  assert.equal(await applicant.getByTestId('next').count(), 0)
  letGo()
  await applicant.getByTestId('file').nth(1).waitFor()
  await looks(applicant, 'step4')
  assert.equal(await applicant.getByTestId('file').count(), 2)
  await press(applicant, 'next')
  await step(4)
  await clean(applicant, 'step 5')
  await shoot(applicant, 'step5')
  await press(applicant, 'next')
  await applicant.getByTestId('status').getByText('等待审核').waitFor()
  link = applicant.url()
  assert.match(link, /\/party\/application#n=YZ\d{10}&s=/)
  await looks(applicant, 'progress-waiting')
})

test('staff find it counted at the door; what was sent is a picture or a file to save, and does not run', async () => {
  ({ page: staff } = await consoleOf(server, browser, 'system'))
  await staff.getByTestId('door-parties').getByText('1').waitFor()
  await press(staff, 'door-parties')
  await staff.getByTestId('admissions-link').getByText('申请 1').waitFor()
  await shoot(staff, 'console-parties')
  await press(staff, 'admissions-link')
  await staff.getByTestId('admission-row').waitFor()
  await clean(staff, 'the queue')
  await shoot(staff, 'console-queue')
  await press(staff, 'admission-row')
  const image = staff.getByTestId('file-licence').locator('img')
  await image.waitFor()
  await staff.waitForFunction(() => { const i = document.querySelector('[data-testid=file-licence] img'); return i.complete && i.naturalWidth > 0 })
  const href = await staff.getByTestId('pdf-insurance').getAttribute('href')
  const answer = await staff.request.get(server.url + href)
  assert.equal(answer.headers()['content-disposition'], 'attachment; filename="evidence.pdf"')
  assert.match(answer.headers()['content-security-policy'], /sandbox/)
  const saved = staff.waitForEvent('download')
  await press(staff, 'pdf-insurance')
  assert.equal((await saved).suggestedFilename(), 'evidence.pdf')
  // Even opened as a page by hand it is a download, and no script of it runs.
  const other = await staff.context().newPage()
  const again = other.waitForEvent('download')
  await other.goto(server.url + href).catch((error) => assert.match(String(error), /Download is starting|ERR_ABORTED/))
  await again
  assert.equal(await other.evaluate(() => window.name), '')
  const picture = (await staff.request.get(server.url + (await image.getAttribute('src')))).headers()
  assert.deepEqual([picture['content-type'], picture['x-content-type-options'], picture['content-security-policy']], ['image/jpeg', 'nosniff', "sandbox; default-src 'none'"])
  await other.close()
  await clean(staff, 'the case')
  await shoot(staff, 'console-case')
})

test('staff ask for more once; the applicant changes a paper and submits again', async () => {
  await press(staff, 'ask-more')
  await press(staff, 'ask-send')
  await staff.getByText('请至少选一个原因').waitFor()
  await staff.getByTestId('ask-box').getByTestId('reason-unreadable').check()
  await clean(staff, 'asking for more')
  await shoot(staff, 'console-asking')
  await press(staff, 'ask-send')
  await staff.getByTestId('admission-state').getByText('等申请人补正').waitFor()
  await press(applicant, 'reload')
  await applicant.getByTestId('status').getByText('请补正后再提交').waitFor()
  await looks(applicant, 'progress-returned')
  await press(applicant, 'go-on')
  await step(3)
  await applicant.getByText('看不清，请在光线好的地方').waitFor()
  await applicant.getByTestId('kind-licence').getByTestId('file-remove').tap()
  await applicant.getByTestId('kind-licence').getByTestId('file').waitFor({ state: 'detached' })
  await applicant.getByTestId('pick-licence').setInputFiles(portrait('gu'))
  await applicant.getByTestId('kind-licence').getByTestId('file').waitFor()
  await shoot(applicant, 'step4-returned')
  await press(applicant, 'next')
  await step(4)
  await press(applicant, 'next')
  await applicant.getByTestId('status').getByText('等待审核').waitFor()
  await staff.reload()
  await staff.getByTestId('admission-state').getByText('待审核').waitFor()
  assert.equal(await staff.getByTestId('ask-more').count(), 0)
})

test('one scenario is granted with a condition, the other refused with reasons; the link is shown once', async () => {
  await press(staff, 'decide-submit')
  await staff.getByText('每个场景都要选').waitFor()
  const underwriting = staff.getByTestId('want-underwriting')
  await underwriting.getByTestId('grant').check()
  await underwriting.getByTestId('condition').fill('只用于本公司投保人')
  const claim = staff.getByTestId('want-claim')
  await claim.getByTestId('refuse').check()
  await claim.getByTestId('reason-no_permit').check()
  await claim.getByTestId('reason-other').check()
  await claim.getByTestId('reason-words').fill('请补交理赔业务的批复')
  await clean(staff, 'deciding')
  await shoot(staff, 'console-deciding')
  await press(staff, 'decide-submit')
  await staff.getByTestId('sure').getByText('2 个场景中的 1 个').waitFor()
  await press(staff, 'sure-yes')
  invite = await read(staff, 'admin-url')
  await clean(staff, 'the link')
  await shoot(staff, 'console-link')
  await press(staff, 'once-done')
  await staff.getByTestId('to-party').waitFor()
  await shoot(staff, 'console-decided')
  await staff.reload()
  await staff.getByTestId('admission-state').getByText('已批准').waitFor()
  assert.ok(!(await all(staff)).includes(invite))
  await staff.setViewportSize(phoneView.viewport)
  await clean(staff, 'the case on a phone')
  await shoot(staff, 'console-case-phone')
})

test('the applicant reads both decisions, and the text message has the link', async () => {
  await applicant.goto(link)
  await press(applicant, 'reload')
  await applicant.getByTestId('outcome-underwriting').getByText('已批准').waitFor()
  const said = await all(applicant)
  for (const what of ['只用于本公司投保人', '缺少这一场景要求的许可证', '请补交理赔业务的批复', '管理员启用链接已发到您的手机']) assert.ok(said.includes(what), what)
  await looks(applicant, 'progress-granted')
  const sms = server.messages().find((m) => m.to === phone && m.text.includes('#/invite'))
  assert.ok(sms?.text.includes(invite), sms?.text)
  await applicant.setViewportSize(deskView.viewport)
  await shoot(applicant, 'progress-desk')
})

test('the administrator’s link opens the party, with the scenario that was granted and no other', async () => {
  const admin = await openPage(browser, deskView)
  await admin.goto(invite)
  const secret = (await read(admin, 'totp-secret')).replaceAll(' ', '')
  await type(admin, 'password', 'correct horse battery')
  await type(admin, 'password-repeat', 'correct horse battery')
  await admin.getByTestId('totp-1').pressSequentially(totp(secret))
  await press(admin, 'accept')
  await admin.getByTestId('party-name').getByText('示范保险有限公司').waitFor()
  await press(admin, 'tab-own')
  await admin.getByText('保险承保核验').waitFor()
  assert.equal(await admin.getByText('保险理赔核验').count(), 0)
  await admin.context().close()
  await applicant.goto(link)
  await press(applicant, 'reload')
  await applicant.getByText('管理员账号已启用').waitFor()
})

test('without the link, number, phone and code open it, and the link before ends', async () => {
  const page = await openPage(browser, phoneView)
  await page.goto(server.url + '/party/application')
  await page.getByTestId('find').waitFor()
  await type(page, 'find-number', new URLSearchParams(new URL(link).hash.slice(1)).get('n'))
  await type(page, 'phone', phone)
  const moved = await page.request.post(server.url + '/api/demo/clock', { data: { add: '2m' }, headers: { Origin: server.url } }) // one code a minute
  assert.equal(moved.status(), 204)
  const newest = server.messages()[0].seq
  await press(page, 'send-code')
  await page.getByTestId('code-sent').waitFor()
  const { code } = await server.sms(phone, newest)
  await looks(page, 'find')
  await type(page, 'find-number', new URLSearchParams(new URL(link).hash.slice(1)).get('n'))
  await type(page, 'phone', phone)
  await type(page, 'code', code)
  await press(page, 'find-open')
  await page.getByTestId('status').getByText('已批准').waitFor()
  await page.context().close()
  await applicant.goto(server.url + '/party/')
  await applicant.goto(link)
  await applicant.getByText('链接不完整、已换新').waitFor()
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
