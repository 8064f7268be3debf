import { mount } from '@vue/test-utils'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { useIdle } from './useIdle'

describe('a session of 15 minutes', () => {
  beforeEach(() => vi.useFakeTimers())
  afterEach(() => vi.useRealTimers())

  const sitting = () => {
    const seen = { stayed: 0, left: 0 }
    let idle!: ReturnType<typeof useIdle>
    const start = Date.now()
    const wrapper = mount({
      setup() {
        idle = useIdle({ idleSeconds: () => 900, reachedAt: () => start, stay: () => seen.stayed++, leave: () => seen.left++ })
        return () => null
      },
    })
    return { seen, idle, wrapper }
  }
  const move = () => window.dispatchEvent(new Event('pointermove'))

  it('warns a minute before and ends at 15', () => {
    const { seen, idle } = sitting()
    vi.advanceTimersByTime(839_000)
    expect(idle.warning.value).toBe(false)
    vi.advanceTimersByTime(1_000)
    expect([idle.warning.value, idle.left.value]).toEqual([true, 60])
    vi.advanceTimersByTime(60_000)
    expect(seen).toEqual({ stayed: 0, left: 1 })
  })
  it('goes on with the button, not with a passing hand, once the warning stands', () => {
    const { seen, idle } = sitting()
    vi.advanceTimersByTime(850_000)
    move()
    vi.advanceTimersByTime(1_000)
    expect(idle.warning.value).toBe(true)
    idle.stayHere()
    vi.advanceTimersByTime(800_000)
    expect([idle.warning.value, seen.stayed, seen.left]).toEqual([false, 1, 0])
  })
  it('is kept alive for one who looks without calling the server', () => {
    const { seen } = sitting()
    for (let minute = 0; minute < 30; minute++) {
      vi.advanceTimersByTime(60_000)
      move()
    }
    expect(seen.left).toBe(0)
    expect(seen.stayed).toBeGreaterThanOrEqual(2)
  })
  it('is not kept alive by a page left open', () => {
    const { seen } = sitting()
    vi.advanceTimersByTime(900_000)
    expect(seen).toEqual({ stayed: 0, left: 1 })
  })
  it('stops with the page', () => {
    sitting().wrapper.unmount()
    expect(vi.getTimerCount()).toBe(0)
  })
})
