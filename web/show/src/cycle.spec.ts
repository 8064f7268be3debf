import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { startCycle } from './cycle'

describe('the codes’ clock', () => {
  beforeEach(() => void vi.useFakeTimers({ now: 1_000_400 })) // 400 ms into a second
  afterEach(() => void vi.useRealTimers())

  it('makes a code each 20 s on the second, and counts 20…1', async () => {
    const made: number[] = []
    const counts: number[] = []
    const cycle = startCycle(async () => void made.push(Date.now()), (left) => counts.push(left), () => {})
    await vi.advanceTimersByTimeAsync(41_000)
    expect(made).toEqual([1_000_400, 1_020_000, 1_040_000])
    expect(counts.slice(0, 22)).toEqual([20, 19, 18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 20, 19])
    cycle.stop()
    await vi.advanceTimersByTimeAsync(41_000)
    expect(made).toHaveLength(3)
  })

  it('counts anew after a renewal', async () => {
    const counts: number[] = []
    const cycle = startCycle(async () => {}, (left) => counts.push(left), () => {})
    await vi.advanceTimersByTimeAsync(5600)
    cycle.renew()
    await vi.advanceTimersByTimeAsync(1000)
    expect(counts).toEqual([20, 19, 18, 17, 16, 15, 14, 19])
    cycle.stop()
  })

  it('tells when a code cannot be made', async () => {
    const failed = vi.fn()
    startCycle(() => Promise.reject(new Error('the key is gone')), () => {}, failed).stop()
    await vi.advanceTimersByTimeAsync(0)
    expect(failed).toHaveBeenCalledOnce()
  })
})
