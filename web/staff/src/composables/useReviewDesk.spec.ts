import { mount } from '@vue/test-utils'
import { describe, expect, it, vi } from 'vitest'
import { Problem } from '@edl/kit/api'
import type { Case, Decision, QueueItem } from '../api-types'
import { useReviewDesk } from './useReviewDesk'
import { useUndo } from './useUndo'

const text = { zh: '', en: '' }
const due = { at: '2021-09-18T23:59:59+08:00', date: '2021-09-18', known: true, say: text }
const aCase = (id: string): Case => ({
  id, number: id, kind: 'first', route: 'album', title: text, name: id, sex: text, age: 30, numberMasked: '', submittedAt: '', due,
  overdue: false, claimedUntil: '2021-09-17T10:30:00+08:00', photoUrl: '', findings: [], declared: [], refusals: 0,
  reasons: ['ears', 'brows', 'other'].map((code) => ({ code, label: text, say: text })),
  checklist: [{ id: 'same', say: text }, { id: 'real', say: text }], source: text, ahead: 0, takenFrom: 'clock',
})

/** A server with some waiting cases that notes what it was asked. */
function server(waiting: string[]) {
  const asked: string[] = []
  const held = new Set<string>()
  let refusal: Problem | null = null
  let mayRead = Promise.resolve()
  const decided = (id: string, outcome: Decision['outcome']): Decision => {
    if (refusal) throw refusal
    waiting.splice(waiting.indexOf(id), 1)
    held.delete(id)
    return { id, number: id, name: id, outcome, reasons: [], decidedAt: '2021-09-17T10:00:00+08:00', finalAt: '2021-09-17T10:00:30+08:00', final: false }
  }
  const items = (): QueueItem[] => waiting.map((id) => ({ id, number: id, name: id, kind: 'first', route: 'album', title: text, due, overdue: false, remaining: text, claimedBy: held.has(id) ? '1024' : null, appeal: false, barred: false }))
  return {
    asked, held,
    /** Lets no reading of the queue end until what it returns is called. */
    holdQueue: () => {
      let open!: () => void
      mayRead = new Promise((resolve) => { open = resolve })
      return open
    },
    refuseWith: (problem: Problem | null) => { refusal = problem },
    api: {
      queue: async () => {
        await mayRead
        return { items: items(), counts: { waiting: waiting.length, mine: 0, overdue: 0 } }
      },
      next: async () => {
        const id = waiting.find((w) => !held.has(w)) ?? waiting[0]
        if (id) held.add(id)
        return id ? aCase(id) : undefined
      },
      claim: async (id: string) => { asked.push(`claim ${id}`); held.add(id); return aCase(id) },
      release: async (id: string) => { asked.push(`release ${id}`); held.delete(id) },
      approve: async (id: string, checked: string[]) => { asked.push(`approve ${id} ${checked}`); return decided(id, 'approved') },
      refuse: async (id: string, reasons: string[], other?: string) => { asked.push(`refuse ${id} ${reasons}${other ? ` (${other})` : ''}`); return decided(id, 'refused') },
      undo: async (id: string) => { asked.push(`undo ${id}`); waiting.unshift(id); held.add(id); return aCase(id) },
    },
  }
}

function desk(waiting: string[]) {
  const house = server(waiting)
  let desk!: ReturnType<typeof useReviewDesk>
  let undo!: ReturnType<typeof useUndo>
  mount({ setup() { undo = useUndo(); desk = useReviewDesk(house.api, undo, () => ['1024']); return () => null } })
  return { ...house, desk, undo }
}

describe('the review desk', () => {
  it('opens the next case by itself after each decision, until none waits', async () => {
    const { desk: d, asked } = desk(['a', 'b'])
    await d.openNext()
    d.toggleReason('brows')
    d.toggleReason('ears')
    await d.refuse()
    expect([asked, d.open.value?.id, d.stage.value]).toEqual([['refuse a ears,brows'], 'b', 'case'])
    d.toggleCheck('same')
    d.toggleCheck('real')
    await d.approve()
    expect([asked.at(-1), d.open.value, d.stage.value]).toEqual(['approve b same,real', null, 'empty'])
  })
  it('does not approve what nobody confirmed', async () => {
    const { desk: d, asked } = desk(['a'])
    await d.openNext()
    d.toggleCheck('same')
    await d.approve()
    expect([asked, d.hint.value, d.unchecked.value?.id]).toEqual([[], 'check', 'real'])
  })
  it('does not refuse without a reason, or with an empty other one', async () => {
    const { desk: d, asked } = desk(['a'])
    await d.openNext()
    await d.refuse()
    expect(d.hint.value).toBe('reason')
    d.toggleReason('other')
    await d.refuse()
    expect([d.hint.value, asked]).toEqual(['other', []])
    d.draft.value!.other = ' 照片方向不对 '
    await d.refuse()
    expect(asked).toEqual(['refuse a other (照片方向不对)'])
  })
  it('takes a decision back with its ticks, and lays the case between back', async () => {
    const { desk: d, asked, undo } = desk(['a', 'b'])
    await d.openNext()
    d.toggleReason('ears')
    await d.refuse()
    expect(undo.decision.value?.id).toBe('a')
    await d.takeBack()
    expect([asked.slice(1), d.open.value?.id, d.draft.value?.reasons, undo.decision.value]).toEqual([['undo a', 'release b'], 'a', ['ears'], null])
  })
  it('keeps the draft when the decision came too late', async () => {
    const { desk: d, refuseWith } = desk(['a'])
    await d.openNext()
    d.toggleReason('ears')
    refuseWith(new Problem(409, 'review.claim_lapsed', text))
    await d.refuse()
    expect([d.stage.value, d.problem.value?.code, d.draft.value?.reasons]).toEqual(['lost', 'review.claim_lapsed', ['ears']])
  })
  it('stays with the case when the network fails', async () => {
    const { desk: d, refuseWith } = desk(['a'])
    await d.openNext()
    d.toggleReason('ears')
    refuseWith(new Problem(0, 'network', text))
    await d.refuse()
    expect([d.stage.value, d.open.value?.id, d.problem.value?.code]).toEqual(['case', 'a', 'network'])
    refuseWith(null)
    await d.refuse()
    expect(d.stage.value).toBe('empty')
  })
  it('goes to the neighbour and lays the open one back', async () => {
    const { desk: d, asked, held } = desk(['a', 'b', 'c'])
    await d.openNext()
    await d.step(1)
    expect([d.open.value?.id, asked, [...held]]).toEqual(['b', ['claim b', 'release a'], ['b']])
    await d.step(-1)
    expect(d.open.value?.id).toBe('a')
  })
  it('rests after putting back, instead of opening the same one again', async () => {
    const { desk: d, held } = desk(['a'])
    await d.openNext()
    await d.putBack()
    expect([d.stage.value, d.open.value, held.size]).toEqual(['put-back', null, 0])
  })
  it('opens the first case that comes to an empty desk', async () => {
    const waiting: string[] = []
    const { desk: d } = desk(waiting)
    await d.openNext()
    expect(d.stage.value).toBe('empty')
    waiting.push('a')
    await d.look()
    expect([d.stage.value, d.open.value?.id]).toEqual(['case', 'a'])
  })
  it('takes keys for the case it shows, and takes the decision back that it offers to, while the queue is still read', async () => {
    const { desk: d, asked, undo, holdQueue } = desk(['a', 'b'])
    const read = holdQueue()
    void d.openNext()
    await vi.waitFor(() => expect(d.open.value?.id).toBe('a'))
    d.toggleReason('ears')
    void d.refuse()
    await vi.waitFor(() => expect(undo.decision.value?.id).toBe('a'))
    void d.takeBack()
    await vi.waitFor(() => expect(d.open.value?.id).toBe('a'))
    expect([asked, d.queue.value]).toEqual([['refuse a ears', 'undo a', 'release b'], null])
    read()
    await vi.waitFor(() => expect(d.queue.value?.items.map((item) => item.id)).toEqual(['a', 'b']))
  })
  it('goes to a neighbour of the queue as it is after a decision, and never back to what was decided', async () => {
    const { desk: d, asked, holdQueue } = desk(['a', 'b', 'c'])
    await d.openNext()
    d.toggleReason('ears')
    const read = holdQueue()
    void d.refuse()
    await vi.waitFor(() => expect(d.open.value?.id).toBe('b'))
    const stepped = d.step(-1)
    read()
    await stepped
    expect(asked).toEqual(['refuse a ears'])
  })
  it('decides a double press once', async () => {
    const { desk: d, asked } = desk(['a', 'b'])
    await d.openNext()
    d.toggleReason('ears')
    await Promise.all([d.refuse(), d.refuse()])
    expect(asked).toEqual(['refuse a ears'])
  })
})
