// The small rules of the pages, each on its own.
import { effectScope, nextTick, ref } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Application, Check, ElectronicState, Finding, LicenceState } from './api-types'
import { tile } from './checks'
import { allowed } from '@edl/kit/classes'
import { useCountdown } from './countdown'
import { maskedAddress, useDisclosure } from './disclose'
import { useFeedbackDraft } from './feedbackdraft'
import { fileDigits, grouped } from './filenumber'
import { useHold } from './hold'
import { isOpen, statusMark, statusWord } from './progress'
import { useReadToEnd } from './readtoend'
import { electronicMark, licenceMark } from './standing'
import { first, outlined, ranked } from './verdicts'

beforeEach(() => {
  vi.useFakeTimers()
  sessionStorage.clear()
})
afterEach(() => void vi.useRealTimers())

const licence = (letter: string, use: LicenceState['use'], pending = false): LicenceState => ({ letters: [{ letter, name: { zh: '', en: '' }, source: 'register' }], worst: letter, name: { zh: '', en: '' }, use, pending })
const electronic = (state: ElectronicState['state']): ElectronicState => ({ state, say: { zh: '', en: '' } })

describe('states', () => {
  it.each([
    ['正常 is passed', licence('A', 'usable'), 'ok'],
    ['违法未处理 is usable and asks for a look', licence('H', 'usable'), 'look'],
    ['超分 is stopped', licence('B', 'not_usable'), 'stop'],
    ['信息待核实 is never drawn as passed', licence('A', 'usable', true), 'unknown'],
  ] as const)('%s', (_, state, mark) => expect(licenceMark(state)).toBe(mark))

  it('an electronic licence on a stopped licence is stopped, whatever it says itself', () => {
    expect(electronicMark(electronic('valid'), licence('B', 'not_usable'))).toBe('stop')
    expect(electronicMark(electronic('invalidated'), licence('A', 'usable'))).toBe('stop')
    expect(electronicMark(electronic('valid'), licence('A', 'usable'))).toBe('ok')
    expect(electronicMark(electronic('none'), licence('A', 'usable'))).toBe('todo')
  })
})

describe('an application', () => {
  const a = (status: Application['status'], overdue = false, kind: Application['kind'] = 'first') => ({ status, overdue, kind })
  it('waits in blue, is late in amber, ends in its own mark', () => {
    expect([a('submitted'), a('reviewing', true), a('issued'), a('refused'), a('withdrawn')].map(statusMark)).toEqual(['wait', 'look', 'ok', 'stop', 'unknown'])
    expect([a('approved'), a('issued'), a('withdrawn')].map(isOpen)).toEqual([true, false, false])
  })
  it('of a photo is not called issued', () => {
    expect(statusWord(a('issued')).zh).toBe('已核发')
    expect(statusWord(a('issued', false, 'photo')).zh).toBe('照片已更换')
  })
})

describe('findings', () => {
  const f = (rule: string, verdict: Finding['verdict']): Finding => ({ rule, verdict, say: { zh: rule, en: rule } })
  it('show what to mend first, and what was not judged before what passed', () => {
    const list = [f('a', 'pass'), f('b', 'not_assessed'), f('c', 'review'), f('d', 'fail')]
    expect(ranked(list).map((x) => x.rule)).toEqual(['d', 'c', 'b', 'a'])
    expect(first(list)?.rule).toBe('d')
    expect(first([f('b', 'not_assessed')])).toBeUndefined()
  })
  it('are framed where they were found, a point with some room', () => {
    expect(outlined({ x: 270, y: 310, w: 460, h: 130 })).toEqual({ x: 270, y: 310, width: 460, height: 130 })
    expect(outlined({ x: 500, y: 400 })).toEqual({ x: 480, y: 380, width: 40, height: 40 })
  })
})

describe('classes', () => {
  it('C1 and D together allow the union, in the table’s order', () => {
    expect(allowed(['D', 'C1']).map((c) => c.code)).toEqual(['C1', 'C2', 'C3', 'C4', 'D', 'E', 'F'])
  })
  it('A2 allows the light trailer, A1 does not', () => {
    expect([['A2'], ['A1']].map((held) => allowed(held).some((c) => c.code === 'C6'))).toEqual([true, false])
  })
})

describe('the file number', () => {
  it('takes full-width digits and drops all else', () => {
    expect(fileDigits('００００ 0001-2873 x')).toBe('000000012873')
    expect(fileDigits('1234567890123456')).toHaveLength(12)
    expect(grouped('0000000128')).toBe('0000 0001 28')
  })
})

describe('masked fields', () => {
  it.each([['示范市河东区松柏路 12 号', '示范市河东区****'], ['示范县渡口镇', '示范县****'], ['无名岛灯塔路一号', '无名岛灯塔路****']])('%s → %s', (address, masked) => expect(maskedAddress(address)).toBe(masked))

  it('hide again by themselves and when the window is left', () => {
    const field = effectScope().run(() => useDisclosure())!
    field.toggle()
    expect(field.open.value).toBe(true)
    vi.advanceTimersByTime(30_000)
    expect(field.open.value).toBe(false)
    field.toggle()
    dispatchEvent(new Event('blur'))
    expect(field.open.value).toBe(false)
  })
})

it('the rules count as read only when their end was on the screen', async () => {
  let seen = (_: boolean): void => {}
  const end = ref<HTMLElement>()
  const observe = vi.fn()
  const read = effectScope().run(() => useReadToEnd(end, (tell) => {
    seen = tell
    return { observe, disconnect: () => {} }
  }))!
  end.value = document.createElement('p')
  await nextTick()
  expect(observe).toHaveBeenCalledWith(end.value)
  seen(false)
  expect(read.value).toBe(false)
  seen(true)
  seen(false)
  expect(read.value).toBe(true)
})

it('a countdown ends at nothing, not below', () => {
  const { left, start } = effectScope().run(() => useCountdown())!
  start(2)
  expect(left.value).toBe(2)
  vi.advanceTimersByTime(10_000)
  expect(left.value).toBe(0)
})

it('a button to be held ignores a short press, by finger or by key', () => {
  const done = vi.fn()
  const hold = effectScope().run(() => useHold(2000, done))!
  hold.on.pointerdown()
  vi.advanceTimersByTime(1500)
  hold.on.pointerup()
  vi.advanceTimersByTime(5000)
  expect(done).not.toHaveBeenCalled()
  hold.on.keydown(new KeyboardEvent('keydown', { key: ' ' }))
  hold.on.keydown(new KeyboardEvent('keydown', { key: ' ', repeat: true }))
  vi.advanceTimersByTime(2000)
  expect(done).toHaveBeenCalledOnce()
})

it('what was typed into the feedback survives leaving the page', async () => {
  const scope = effectScope()
  const one = scope.run(() => useFeedbackDraft())!
  one.draft.text = '照片退回了'
  await nextTick()
  scope.stop()
  expect(effectScope().run(() => useFeedbackDraft())!.draft.text).toBe('照片退回了')
})

it('a check is marked by the kind of body', () => {
  const check = (scenario: string, party = '青禾'): Pick<Check, 'scenario' | 'party'> => ({ scenario: { zh: scenario, en: '' }, party })
  expect([check('执法查验'), check('汽车租赁'), check('保险承保'), check('代驾', '远山代驾')].map(tile)).toEqual(['警', '租', '保', '远'])
})
