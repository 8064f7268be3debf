import { describe, expect, it, vi } from 'vitest'
import { createIdle } from './idle'

function rig(seconds: number | undefined = 600) {
  let time = 0
  const onEnd = vi.fn()
  const onWork = vi.fn()
  const idle = createIdle({ seconds: () => seconds, onEnd, onWork, now: () => time })
  return { idle, onEnd, onWork, at: (s: number) => ((time = s * 1000), idle.tick()) }
}

describe('an idle terminal', () => {
  it('warns half a minute before, and signs out at the end', () => {
    const { idle, onEnd, at } = rig()
    at(569)
    expect(idle.warning.value).toBe(false)
    at(570)
    expect([idle.warning.value, idle.left.value]).toEqual([true, 30])
    at(599)
    expect(onEnd).not.toHaveBeenCalled()
    at(600)
    expect(onEnd).toHaveBeenCalledTimes(1)
  })

  it('begins anew with every press and scan', () => {
    const { idle, onEnd, at } = rig()
    at(590)
    idle.work()
    expect(idle.warning.value).toBe(false)
    at(1100)
    expect(onEnd).not.toHaveBeenCalled()
  })

  it('tells the server now and then that somebody works, and not while nobody does', () => {
    const { idle, onWork, at } = rig()
    at(300)
    expect(onWork).not.toHaveBeenCalled()
    idle.work()
    at(301)
    at(302)
    expect(onWork).toHaveBeenCalledTimes(1)
  })

  it('has nobody to sign out where nobody is signed in', () => {
    let time = 0
    const onEnd = vi.fn()
    const idle = createIdle({ seconds: () => undefined, onEnd, onWork: vi.fn(), now: () => time })
    time = 10_000_000
    idle.tick()
    expect([onEnd.mock.calls.length, idle.left.value]).toEqual([0, Infinity])
  })
})
