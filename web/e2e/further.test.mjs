// 增加使用场景: a registered party's administrator asks for two more scenarios
// on a phone, answers what is asked for anew, and finds one granted and the
// other refused, each with its sentence; a second request is withdrawn.
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { after, before, test } from 'node:test'
import { deskView, launch, openPage, phoneView, troubles } from './browser.mjs'
import { all, consoleOf, portrait, press, read, settled, type } from './people.mjs'
import { startServer } from './server.mjs'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
const shots = process.env.EDL_SHOTS // a folder for pictures of what was seen
const shoot = async (page, name) => { if (shots) await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true }) }

let server, browser, admin, staff

before(async () => { [server, browser] = await Promise.all([startServer(), launch()]) })
after(async () => {
  await browser?.close()
  await server?.stop()
})

async function clean(page, name) {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  assert.deepEqual(violations.map((v) => `${v.id}: ${v.nodes.map((n) => n.target.join(' ')).join(', ')}`), [], name)
}

/** Every way the section may look, on a phone: clean, and no wider than it. */
async function looks(name) {
  for (const [look, set] of Object.entries({ plain: {}, dark: { theme: 'dark' }, large: { size: 'large' }, english: { lang: 'en' } })) {
    await admin.evaluate((s) => { for (const k of ['theme', 'size', 'lang']) s[k] ? localStorage.setItem(`edl-${k}`, s[k]) : localStorage.removeItem(`edl-${k}`) }, set)
    await open()
    await clean(admin, `${name} ${look}`)
    assert.ok(await admin.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} ${look} fits a phone`)
    const small = await admin.evaluate(() => [...document.querySelectorAll('#further button, #further .btn, #further label.tick, #further textarea, #further summary')].filter((e) => e.offsetParent && e.getBoundingClientRect().height < 43.5).map((e) => e.outerHTML.slice(0, 90)))
    assert.deepEqual(small, [], `${name} ${look}: targets of 44 px`)
    await shoot(admin, `${name}-${look}`)
  }
  await admin.evaluate(() => { for (const k of ['theme', 'size', 'lang']) localStorage.removeItem(`edl-${k}`) })
  await open()
}
async function open() {
  await admin.reload()
  await press(admin, 'tab-own')
  await admin.getByTestId('further').waitFor()
  await settled(admin)
}
const stateIs = (say) => admin.getByTestId('request-state').first().getByText(say).waitFor()

test('the authority offers two more scenarios, and an administrator of a party finds them on a phone', async () => {
  ({ page: staff } = await consoleOf(server, browser, 'system'))
  const post = async (path, method, data) => {
    const answer = await staff.request.fetch(`${server.url}/api/staff/${path}`, { method, data, headers: { Origin: server.url } })
    assert.ok(answer.ok(), `${path}: ${await answer.text()}`)
  }
  for (const [id, zh, en] of [['night', '夜间出车核验', 'Night trips'], ['guest', '外聘司机核验', 'Hired drivers']]) {
    await post('scenarios', 'POST', { id, name: { zh, en }, kinds: ['transport'], ways: ['code'], fields: ['usable', 'name', 'classes'] })
    await post(`scenarios/${id}`, 'PUT', { enabled: true })
  }
  const desk = await openPage(browser, deskView)
  await desk.goto(server.url + '/demo/')
  await press(desk, 'list-parties')
  await desk.getByTestId('admin-totp-transport').waitFor()
  const [login, password, code] = await Promise.all(['admin', 'admin-password', 'admin-totp'].map((what) => desk.getByTestId(`${what}-transport`).getAttribute('data-value')))
  await desk.context().close()
  admin = await openPage(browser, phoneView)
  await admin.goto(server.url + '/party/')
  await type(admin, 'login', login)
  await type(admin, 'password', password)
  await admin.getByTestId('totp-1').pressSequentially(code)
  await press(admin, 'enter')
  await press(admin, 'tab-own')
  await looks('begin')
})

test('a slip is told, and a reload loses no word', async () => {
  await press(admin, 'further-begin')
  await press(admin, 'further-next')
  await admin.getByText('请至少选一个场景，并写明用途。').waitFor()
  await press(admin, 'want-night')
  await press(admin, 'further-next')
  await admin.getByTestId('further').locator('[aria-invalid=true]').waitFor()
  await type(admin, 'purpose-night', '夜间出车前核验本单位司机')
  await press(admin, 'want-guest')
  await type(admin, 'purpose-guest', '核验外聘司机')
  await looks('wants')
  assert.equal(await admin.getByTestId('purpose-night').inputValue(), '夜间出车前核验本单位司机')
})

test('evidence: nothing is submitted without it; then the authority has it', async () => {
  await press(admin, 'further-next')
  await stateIs('草稿，还没有提交')
  await press(admin, 'further-submit')
  await admin.getByText('还缺必交的材料').waitFor()
  await admin.getByTestId('pick-licence').setInputFiles(portrait('lin'))
  await admin.getByTestId('kind-licence').getByTestId('file').waitFor()
  await looks('files')
  await press(admin, 'further-submit')
  await stateIs('已提交，等待审核')
  assert.equal(await admin.getByTestId('further-begin').count(), 0)
  await looks('submitted')
})

test('staff see in the same queue who asks and what it has, and ask for more', async () => {
  await staff.goto(`${server.url}/staff/#/parties/applications`)
  await staff.getByTestId('row-further').waitFor()
  await clean(staff, 'the queue')
  await shoot(staff, 'console-queue')
  await press(staff, 'admission-row')
  await staff.getByTestId('further').getByText('增加场景').waitFor()
  assert.match(await read(staff, 'has'), /道路运输/)
  await clean(staff, 'the case')
  await shoot(staff, 'console-case')
  await press(staff, 'ask-more')
  await staff.getByTestId('ask-box').getByTestId('reason-unreadable').check()
  await press(staff, 'ask-send')
  await staff.getByTestId('admission-state').getByText('等申请人补正').waitFor()
  await shoot(staff, 'console-returned')
})

test('the party reads it on every section, changes a paper and a word, and submits again', async () => {
  await admin.reload()
  await admin.getByTestId('news').getByText('需要补正').waitFor()
  await press(admin, 'news-look')
  await admin.getByTestId('request-missing').getByText('看不清').waitFor()
  await looks('returned')
  await admin.getByTestId('kind-licence').getByTestId('file-remove').tap()
  await admin.getByTestId('kind-licence').getByTestId('file').waitFor({ state: 'detached' })
  await admin.getByTestId('pick-licence').setInputFiles(portrait('gu'))
  await admin.getByTestId('kind-licence').getByTestId('file').waitFor()
  await press(admin, 'further-change')
  await type(admin, 'purpose-guest', '外聘司机上岗前核验')
  await press(admin, 'further-next')
  await admin.getByText('外聘司机上岗前核验').waitFor()
  await press(admin, 'further-submit')
  await stateIs('已提交，等待审核')
  assert.equal(await admin.getByTestId('news').count(), 0)
})

test('one is granted, the other refused: the party has the first at once, and a sentence for each', async () => {
  await staff.reload()
  await staff.getByTestId('admission-state').getByText('待审核').waitFor()
  await staff.getByTestId('want-night').getByTestId('grant').check()
  await staff.getByTestId('want-night').getByTestId('condition').fill('只用于本单位司机')
  await staff.getByTestId('want-guest').getByTestId('refuse').check()
  await staff.getByTestId('want-guest').getByTestId('reason-unrelated').check()
  await press(staff, 'decide-submit')
  await staff.getByTestId('sure').getByText('马上加到这个单位').waitFor()
  await press(staff, 'sure-yes')
  await staff.getByTestId('admission-state').getByText('已批准').waitFor()
  assert.match(await read(staff, 'has'), /夜间出车核验/)
  await shoot(staff, 'console-decided')
  await admin.reload()
  await admin.getByTestId('news').getByText('2 个场景批准了 1 个').waitFor()
  await shoot(admin, 'news')
  await press(admin, 'news-look')
  await admin.getByTestId('outcome-night').getByText('只用于本单位司机').waitFor()
  await admin.getByTestId('outcome-guest').getByText('与单位的业务范围不符').waitFor()
  await admin.getByTestId('grants').getByText('夜间出车核验').waitFor()
  await looks('decided')
  await press(admin, 'news-known')
  await admin.getByTestId('news').waitFor({ state: 'detached' })
  await admin.setViewportSize(deskView.viewport)
  await shoot(admin, 'desk')
  await admin.setViewportSize(phoneView.viewport)
})

test('what was refused may be asked for again, and is withdrawn until it is decided', async () => {
  await press(admin, 'further-begin')
  assert.equal(await admin.getByTestId('want-night').count(), 0, 'what it has is not offered')
  await press(admin, 'want-guest')
  await type(admin, 'purpose-guest', '外聘司机上岗前核验')
  await press(admin, 'further-next')
  await admin.getByTestId('pick-licence').setInputFiles(portrait('gu'))
  await admin.getByTestId('kind-licence').getByTestId('file').waitFor()
  await press(admin, 'further-submit')
  await stateIs('已提交，等待审核')
  await press(admin, 'further-withdraw')
  await admin.getByTestId('sure').getByText('马上销毁').waitFor()
  await shoot(admin, 'withdraw')
  await press(admin, 'sure-yes')
  await stateIs('已撤回')
  await admin.getByTestId('further-begin').waitFor()
  await staff.goto(`${server.url}/staff/#/parties/applications`)
  await staff.getByText('没有待审核的申请').waitFor()
  await press(staff, 'admissions-decided')
  await staff.getByText('单位撤回').waitFor()
  await clean(staff, 'the list of what was decided')
  assert.ok(!(await all(admin)).includes('NaN'))
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
