import { Problem } from '@edl/kit/api'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CheckAnswer } from './api-types'
import { createChecker, type Question } from './checker'

const answer = { id: 'c1', number: 'HY-1', verdict: 'usable', word: { zh: '可用', en: 'Usable' }, line: { zh: '', en: '' } } as CheckAnswer
const refusal = (status: number, code: string, retryAfter = 0): Problem => new Problem(status, code, { zh: code, en: code }, 'E-1', [], retryAfter)
const byCode: Question = { scenario: 'police', way: 'code', code: 'EDL1:AAA' }
const byNumber: Question = { scenario: 'police', way: 'number', number: '0', name: '甲', reason: '核实身份' }

/** A server that gives these replies in turn, and what it was asked. */
function server(...replies: (CheckAnswer | Problem | Promise<CheckAnswer>)[]) {
  const asked: { path: string; body: Record<string, string> }[] = []
  const ask = vi.fn(async (path: string, options: { body?: unknown } = {}) => {
    asked.push({ path, body: options.body as Record<string, string> })
    const reply = await replies.shift()
    if (reply instanceof Problem) throw reply
    return reply
  })
  let n = 0
  let time = 0
  const checker = createChecker({ ask: ask as never, uuid: () => `id-${++n}`, now: () => time })
  return { checker, asked, later: (ms: number) => (time += ms), ids: () => asked.map((a) => a.body.requestId) }
}

describe('a check', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('sends what was asked with a request id, and shows the verdict', async () => {
    const { checker, asked } = server(answer)
    const outcome = await checker.check(byCode)
    expect(asked).toEqual([{ path: '/api/terminal/checks', body: { requestId: 'id-1', ...byCode } }])
    expect(outcome).toMatchObject({ kind: 'usable', tone: 'usable', answer: { id: 'c1' } })
    expect(checker.busy.value).toBe(false)
  })

  it.each([true, false])('calls a code unknown only once it is known nowhere else: known elsewhere, %s', async (known) => {
    const shown: unknown[] = []
    const elsewhere = vi.fn(async () => (shown.push(checker.outcome.value, checker.busy.value), known))
    const checker = createChecker({ ask: (async () => { throw refusal(404, 'unknown_code') }) as never, elsewhere })
    const outcome = await checker.check(byCode)
    expect(shown).toEqual([undefined, true])
    expect([outcome?.kind, checker.outcome.value?.kind]).toEqual(known ? [undefined, undefined] : ['unregistered', 'unregistered'])
    expect(elsewhere).toHaveBeenCalledOnce()
  })

  it('asks about the same code again under the same id, so that it gets the same answer', async () => {
    const { checker, ids } = server(answer, answer, answer)
    await checker.check(byCode)
    checker.clear()
    await checker.check(byCode)
    await checker.check({ ...byCode, code: 'EDL1:BBB' })
    expect(ids()).toEqual(['id-1', 'id-1', 'id-2'])
  })

  it('takes a new id when the same code is asked about another vehicle', async () => {
    const { checker, ids } = server(answer, answer)
    await checker.check({ ...byCode, vehicleClass: 'C1' })
    await checker.check({ ...byCode, vehicleClass: 'B1' })
    expect(ids()).toEqual(['id-1', 'id-2'])
  })

  it('forgets a code when no phone can still be showing it', async () => {
    const { checker, ids, later } = server(answer, answer)
    await checker.check(byCode)
    later(7 * 60_000)
    await checker.check(byCode)
    expect(ids()).toEqual(['id-1', 'id-2'])
  })

  it('makes every answered look-up by number a new one, with its own record', async () => {
    const { checker, ids } = server(answer, refusal(404, 'not_found'), answer)
    await checker.check(byNumber)
    await checker.check(byNumber)
    await checker.check(byNumber)
    expect(ids()).toEqual(['id-1', 'id-2', 'id-3'])
  })

  it('keeps the id of a look-up by number while no answer came', async () => {
    const { checker, ids } = server(refusal(500, 'internal'), answer)
    await checker.check(byNumber)
    await checker.retry()
    expect(ids()).toEqual(['id-1', 'id-1'])
  })

  it('goes on trying without a network, ever more slowly, under one id', async () => {
    const { checker, ids } = server(refusal(0, 'network'), refusal(0, 'network'), refusal(0, 'network'), answer)
    const first = await checker.check(byCode)
    expect(first?.kind).toBe('offline')
    expect([checker.tries.value, checker.retryIn.value]).toEqual([1, 2])
    await vi.advanceTimersByTimeAsync(2000)
    expect([checker.tries.value, checker.retryIn.value]).toEqual([2, 4])
    await vi.advanceTimersByTimeAsync(4000)
    await vi.advanceTimersByTimeAsync(6000)
    expect(checker.outcome.value?.kind).toBe('usable')
    expect(ids()).toEqual(['id-1', 'id-1', 'id-1', 'id-1'])
  })

  it('does not wait for the countdown once the line is back', async () => {
    const { checker } = server(refusal(0, 'network'), answer)
    await checker.check(byCode)
    checker.lineIsBack()
    await vi.advanceTimersByTimeAsync(0)
    expect(checker.outcome.value?.kind).toBe('usable')
  })

  it('stops trying when the operator goes on to the next driver', async () => {
    const { checker, asked } = server(refusal(0, 'network'), answer)
    await checker.check(byCode)
    checker.clear()
    expect(checker.retryIn.value).toBe(0)
    await vi.advanceTimersByTimeAsync(60_000)
    expect(asked).toHaveLength(1)
    expect(checker.outcome.value).toBeUndefined()
  })

  it('drops an answer that comes after another question was asked', async () => {
    let late: (a: CheckAnswer) => void = () => undefined
    const { checker } = server(new Promise<CheckAnswer>((resolve) => (late = resolve)), { ...answer, id: 'c2' })
    const first = checker.check(byCode)
    await checker.check({ ...byCode, code: 'EDL1:BBB' })
    late(answer)
    expect(await first).toBeUndefined()
    expect(checker.outcome.value?.answer?.id).toBe('c2')
  })

  it('counts down as long as the server asks, and then leaves the retry to the operator', async () => {
    const { checker, asked } = server(refusal(429, 'limited', 3), answer)
    await checker.check(byCode)
    expect([checker.outcome.value?.kind, checker.retryIn.value]).toEqual(['limited', 3])
    await vi.advanceTimersByTimeAsync(5000)
    expect([checker.retryIn.value, asked.length]).toEqual([0, 1])
  })

  it('recalls an answer without asking again, and one it does not know from the server', async () => {
    const { checker, asked } = server(answer, { ...answer, id: 'c9' })
    await checker.check(byCode)
    expect(await checker.recall('c1')).toBe(answer)
    expect((await checker.recall('c9')).id).toBe('c9')
    expect(asked.map((a) => a.path)).toEqual(['/api/terminal/checks', '/api/terminal/checks/c9'])
  })

  it('keeps what the operator found about the person with the answer', async () => {
    const { checker, asked } = server(answer, undefined as never)
    await checker.check(byCode)
    await checker.match('c1', false)
    expect(asked[1]).toEqual({ path: '/api/terminal/checks/c1/person', body: { match: false } })
    expect((await checker.recall('c1')).personMatch).toBe(false)
  })
})
