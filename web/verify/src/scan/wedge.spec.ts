import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createWedge } from './wedge'

describe('a hand scanner that types', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function rig() {
    const texts: string[] = []
    const wedge = createWedge((text) => texts.push(text))
    let time = 1000
    const key = (key: string, gap = 8, code = '', shiftKey = false): boolean => wedge.hear({ key, code, shiftKey, timeStamp: (time += gap) })
    const type = (text: string, gap = 8): boolean[] => [...text].map((c) => key(c, gap))
    return { texts, key, type }
  }

  it('is heard at its Enter, with every blank and sign', () => {
    const { texts, key, type } = rig()
    expect(type('EDL1:6BF $%*+-./:A').every(Boolean)).toBe(true)
    expect(key('Enter')).toBe(true)
    expect(texts).toEqual(['EDL1:6BF $%*+-./:A'])
  })

  it('is heard without Enter once it is silent', () => {
    const { texts, type } = rig()
    type('EDL1:ABC')
    vi.advanceTimersByTime(750)
    expect(texts).toEqual(['EDL1:ABC'])
  })

  it('is heard with Caps Lock on, and through an input method that hides the keys', () => {
    const { texts, key, type } = rig()
    type('edl1:')
    key('Process', 8, 'KeyQ')
    key('Process', 8, 'Digit7')
    key('Process', 8, 'Digit4', true)
    key('Process', 8, 'Space')
    key('Enter')
    expect(texts).toEqual(['EDL1:Q7$ '])
  })

  it('may stutter once it is known', () => {
    const { texts, key, type } = rig()
    type('EDL1:')
    type('ABC', 500)
    key('Enter')
    expect(texts).toEqual(['EDL1:ABC'])
  })

  it('is not a person who types slowly', () => {
    const { texts, key, type } = rig()
    type('EDL1:ABC', 400)
    key('Enter')
    expect(texts).toEqual([])
  })

  it('leaves the keys of the page to the page', () => {
    const { texts, key, type } = rig()
    expect(type('ynml/')).toEqual([false, false, false, false, false])
    expect([key('Enter'), key(' ')]).toEqual([false, false])
    type('EX')
    expect(key('Enter')).toBe(false)
    expect(texts).toEqual([])
  })

  it('does not take another code for ours', () => {
    const { texts, key, type } = rig()
    type('HTTPS://EXAMPLE.ORG')
    key('Enter')
    type('EDL2:ABC')
    key('Enter')
    expect(texts).toEqual([])
  })
})
