// What each status letter does, as its driver reads it: to an application
// (R10), and to an electronic licence that was issued before (domain.md 2).
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { launch, troubles } from './browser.mjs'
import { all, driverOf, says, sentence, visit } from './people.mjs'
import { startServer } from './server.mjs'

let server, phones

before(async () => { [server, phones] = await Promise.all([startServer(), launch()]) })
after(async () => {
  await phones?.close()
  await server?.stop()
})

const abnormal = '驾驶证状态异常，无法申领驾驶证电子版，请联系驾驶证发证地公安交管部门'
/** Who applies with this status is refused in these words. */
const refusals = {
  B: '本记分周期累积记分已达12分，不能申领电子驾驶证。请参加满分学习，考试合格恢复后再申领。',
  D: '驾驶证在暂扣期内，不能申领电子驾驶证。期满恢复后再申领。',
  U: '驾驶证已被依法扣留，不能申领电子驾驶证。请先持强制措施凭证接受处理，恢复后再申领。',
  K: '驾驶证已被扣押，不能申领电子驾驶证。请联系办案单位，发还后再申领。',
  M: '驾驶证已过有效期，不能申领电子驾驶证。请先换证，再申领。',
  S: '驾驶证逾期未审验，不能申领电子驾驶证。请先办理审验，再申领。',
  L: abnormal, J: abnormal,
  E: '驾驶证已被撤销，不能申领电子驾驶证。如有疑问，请联系发证机关。',
  F: '驾驶证已被吊销，不能申领电子驾驶证。如有疑问，请联系发证机关。',
  G: '驾驶证已注销，不能申领电子驾驶证。如有疑问，请联系发证机关。',
  R: '驾驶证已注销，不能申领电子驾驶证。请先向发证机关申请恢复驾驶资格，再申领。',
  C: '驾驶证已转出，请向现发证机关申领。',
  Z: '驾驶证状态需要核实，不能在网上申领电子驾驶证。请携带身份证明到窗口办理。',
  BDJ: abnormal, DK: '驾驶证在暂扣期内，不能申领电子驾驶证。期满恢复后再申领。',
}

for (const [letters, words] of Object.entries(refusals)) {
  test(`R10 with status ${letters} an application is refused: ${words}`, async () => {
    const { page, context } = await driverOf(server, phones, `status:${letters}`)
    await visit(page, '/electronic')
    await page.getByTestId('refusal').waitFor()
    assert.equal(await sentence(page, 'refusal'), `现在不能申领${words}`)
    for (const way of ['prompt', 'apply', 'add-photo']) assert.equal(await page.getByTestId(way).count(), 0, way)
    await context.close()
  })
}

for (const letters of ['N', 'P', 'T', 'NA', 'HI']) {
  test(`R10 with status ${letters} the electronic licence can be applied for`, async () => {
    const { page, context } = await driverOf(server, phones, `status:${letters}`)
    await visit(page, '/electronic')
    await page.getByTestId('prompt').waitFor()
    await context.close()
  })
}

const phone = '（000-12345）'
const hidden = '您的驾驶证状态异常，驾驶证电子版无效，请联系驾驶证发证地公安交管部门。'
/** A holder's licence that came to this status: shown in red, hidden, or gone; why; what next. */
const held = {
  B: ['red', '本记分周期累积记分已达12分，当前不能驾驶机动车。', '请参加满分学习，考试合格后恢复。'],
  D: ['red', '驾驶证在暂扣期内，不能驾驶机动车。', '期满后到作出决定的交管部门办理。'],
  U: ['red', '驾驶证已被依法扣留。', '请在15日内持强制措施凭证到凭证载明的地点接受处理。'],
  K: ['red', '驾驶证已被扣押。', '请联系办案单位。'],
  M: ['red', '驾驶证已过有效期，不能驾驶机动车。', '请先换证，再重新申领。'],
  S: ['red', '驾驶证逾期未审验。', '请先办理审验。'],
  L: ['hidden', '驾驶证已锁定，电子驾驶证暂不能使用。常见情形：新证未领取、业务办理中、信息待核实。', `请联系发证机关${phone}。`],
  J: ['hidden', '驾驶证已停止使用，不能驾驶机动车。', `请联系发证机关${phone}。`],
  Z: ['hidden', '驾驶证状态需要核实，电子驾驶证暂不能使用。', `请携带身份证明到发证机关窗口办理${phone}。`],
  C: ['gone', '驾驶证已转出。', '请向现发证机关申领。'],
  E: ['gone', '驾驶证已被撤销，不能驾驶机动车，电子驾驶证不再显示。', `如有疑问，请联系发证机关${phone}。`],
  F: ['gone', '驾驶证已被吊销，不能驾驶机动车，电子驾驶证不再显示。', `如有疑问，请联系作出决定的交管部门或发证机关${phone}。`],
  G: ['gone', '驾驶证已注销，不能驾驶机动车，电子驾驶证不再显示。', `如需驾驶，请重新申请驾驶证；有疑问请联系发证机关${phone}。`],
  R: ['gone', '驾驶证已注销，可以申请恢复；恢复前不能驾驶机动车，电子驾驶证不再显示。', `请向发证机关申请恢复驾驶资格${phone}，恢复后再重新申领。`],
}
const shownAs = { red: 'is shown in red with a red code', hidden: 'is hidden', gone: 'is no longer shown' }

for (const [letter, [look, why, next]] of Object.entries(held)) {
  test(`an electronic licence whose licence came to status ${letter} ${shownAs[look]}, and its driver reads why and what next`, async () => {
    const { page, context } = await driverOf(server, phones, `held-status:${letter}`)
    await visit(page, '/licence')
    await page.getByTestId('state-licence').waitFor()
    assert.equal(await sentence(page, 'opening'), '当前不能驾驶机动车')
    assert.equal(await sentence(page, 'why'), look === 'hidden' ? why + hidden : why)
    assert.equal(await sentence(page, 'next-step'), next)
    await says(page, /安澜车管所，示范市安澜区松风路1号，电话 000-12346/) // where
    assert.equal(await page.getByTestId('electronic-name').count(), look === 'red' ? 1 : 0)

    await page.goto(server.url + '/driver/code/')
    if (look === 'red') {
      await page.locator('body.not #code[data-code]').waitFor()
      assert.equal(await page.locator('#word').innerText(), '不能使用')
      assert.equal(await page.locator('#reason').innerText(), why)
      assert.equal(await page.locator('#nexttext').innerText(), next)
    } else {
      await page.locator(`body.plain.${look}`).waitFor()
      assert.equal(await page.locator('#code[data-code]').count(), 0, 'no code is made')
    }
    await context.close()
  })
}

test('H I N P T leave the electronic licence usable, and its driver is told of the open case or until when', async () => {
  const told = { H: /有未处理的违法，不影响使用。/, I: /有未处理的事故，不影响使用。/, N: /已办理延期，\d+年\d+月\d+日24:00前可正常使用。/ }
  for (const [letter, words] of Object.entries(told)) {
    const { page, context } = await driverOf(server, phones, `held-status:${letter}`)
    assert.equal(await sentence(page, 'opening'), '状态正常，可凭此证驾驶机动车', letter)
    assert.match((await all(page)).replaceAll(' ', ''), words, letter)
    await context.close()
  }
})

test('no page of this file met an error or asked another origin', () => assert.deepEqual(troubles, []))
