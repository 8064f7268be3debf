// S60, 延迟公开: two persons permit a purpose, an officer looks up for it, the
// auditor sees it at once, and the driver's list says nothing but that some
// come later.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, launchWithCamera, troubles } from './browser.mjs'
import { all, consoleOf, driverOf, press, read, says, terminalOf, type, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones, camera, driver, police, security, auditor, number

before(async () => {
  [server, phones, camera] = await Promise.all([startServer(), launch(), launchWithCamera()])
  police = await terminalOf(server, camera.browser, 'police')
  driver = await driverOf(server, phones, 'holder:1')
  security = await consoleOf(server, phones, 'security')
  auditor = await consoleOf(server, phones, 'audit')
})
after(async () => {
  await Promise.all([phones?.close(), camera?.close()])
  await server?.stop()
})

test('the security administrator proposes a purpose and the auditor approves it', async () => {
  await press(security.page, 'door-delays')
  await press(security.page, 'delay-propose')
  await press(security.page, 'delay-send')
  await says(security.page, /这一项要填.*这一项要填/)
  await type(security.page, 'delay-name', '专案侦查')
  await type(security.page, 'delay-basis', '《刑事诉讼法》第一百五十二条')
  await type(security.page, 'delay-days', '30')
  await press(security.page, 'delay-send')
  assert.match(await read(security.page, 'purpose-row'), /专案侦查.*30 天 待批准/)
  assert.equal(await security.page.getByTestId('approve').count(), 0, 'nobody approves their own')
  await press(auditor.page, 'door-delays')
  await press(auditor.page, 'approve')
  await auditor.page.getByTestId('end').waitFor()
  assert.match(await read(auditor.page, 'purpose-row'), /可以使用/)
})

test('an officer looks up for the purpose, with a case, and is told when it is shown', async () => {
  await press(police.page, 'by-number').catch(() => visit(police.page, '/number'))
  await type(police.page, 'number', driver.driver.number)
  await type(police.page, 'name', driver.driver.name)
  await type(police.page, 'reason', '核实身份')
  await police.page.getByTestId('purpose').selectOption({ index: 1 })
  assert.match(await read(police.page, 'later-note'), /30 天后才让驾驶人看到，审计员立即看得到/)
  await press(police.page, 'number-submit')
  await says(police.page, /请填写/) // a case is asked for
  await type(police.page, 'purpose-case', 'ZA-2026-1')
  await press(police.page, 'number-submit')
  await police.page.getByTestId('visible-at').waitFor()
  number = await read(police.page, 'check-number')
})

test('the auditor sees it at once, the driver that some come later', async () => {
  await visit(auditor.page, '/audit')
  await auditor.page.getByTestId('delayed').first().waitFor()
  await visit(auditor.page, '/delays')
  assert.match(await read(auditor.page, 'hidden-checks'), new RegExp(`${number}.*ZA-2026-1`))
  await visit(driver.page, '/checks')
  assert.match(await read(driver.page, 'later'), /最长180天/)
  assert.ok(!(await all(driver.page)).includes(number))
  assert.equal(await driver.page.getByTestId('check').count(), 0)
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
