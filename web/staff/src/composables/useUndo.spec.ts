import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Decision } from '../api-types'
import { undoTime, useUndo } from './useUndo'

const decided = (seconds: number, final = false): Decision => ({
  id: 'a', number: 'SQ-1', name: '许星河', outcome: 'approved', reasons: [], final,
  decidedAt: '2021-09-17T10:52:00+08:00',
  finalAt: new Date(Date.parse('2021-09-17T10:52:00+08:00') + seconds * 1000).toISOString(),
})

describe('the time to take a decision back', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  const desk = () => {
    let undo!: ReturnType<typeof useUndo>
    const wrapper = mount({ setup() { undo = useUndo(() => Date.now()); return () => null } })
    return { undo, wrapper }
  }

  it('is what the server gave, not what this clock says', () => {
    expect(undoTime(decided(30))).toBe(30_000)
    expect(undoTime(decided(30, true))).toBe(0)
  })
  it('counts down in whole seconds and ends by itself', () => {
    const { undo } = desk()
    undo.offer(decided(30))
    expect([undo.seconds.value, undo.share.value]).toEqual([30, 1])
    vi.advanceTimersByTime(7_000)
    expect(undo.seconds.value).toBe(23)
    vi.advanceTimersByTime(22_750)
    expect([undo.seconds.value, undo.decision.value?.name]).toEqual([1, '许星河'])
    vi.advanceTimersByTime(250)
    expect([undo.seconds.value, undo.decision.value]).toEqual([0, null])
  })
  it('begins anew with the next decision', () => {
    const { undo } = desk()
    undo.offer(decided(30))
    vi.advanceTimersByTime(29_000)
    undo.offer({ ...decided(30), name: '田不器' })
    vi.advanceTimersByTime(2_000)
    expect([undo.seconds.value, undo.decision.value?.name]).toEqual([28, '田不器'])
  })
  it('offers nothing for a decision that is final', () => {
    const { undo } = desk()
    undo.offer(decided(30, true))
    expect(undo.decision.value).toBeNull()
  })
  it('stops with the page', () => {
    const { undo, wrapper } = desk()
    undo.offer(decided(30))
    wrapper.unmount()
    expect(vi.getTimerCount()).toBe(0)
  })
})
