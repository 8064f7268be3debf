import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createWedge } from './wedge'

describe('a hand scanner that types', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  function rig() {
    const texts: string[] = []
    const givenBack: string[] = []
    const wedge = createWedge((text) => texts.push(text), (k) => givenBack.push(k.key))
    let time = 1000
    const key = (key: string, gap = 8, code = '', shiftKey = false): boolean => wedge.hear({ key, code, shiftKey, timeStamp: (time += gap) })
    const type = (text: string, gap = 8): boolean[] => [...text].map((c) => key(c, gap))
    return { texts, givenBack, wedge, key, type }
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
    expect(type('ml/')).toEqual([false, false, false])
    expect([key('Enter'), key(' ')]).toEqual([false, false])
    type('EX')
    expect(key('Enter')).toBe(false)
    expect(texts).toEqual([])
  })

  it('is heard with a data code, in small letters too', () => {
    const { texts, key, type } = rig()
    expect(type('ncfox$ -./:').every(Boolean)).toBe(true)
    key('Enter')
    expect(texts).toEqual(['NCFOX$ -./:'])
  })

  it('may send a long code in records, each with its Enter', () => {
    const { texts, key, type } = rig()
    const record = 'A1'.repeat(150)
    type('NCF' + record)
    key('Enter')
    vi.advanceTimersByTime(100)
    type(record)
    key('Enter')
    expect(texts).toEqual([])
    vi.advanceTimersByTime(410)
    expect(texts).toEqual(['NCF' + record + record])
  })

  it('gives a person’s key back that opens a code and is a shortcut too, once nothing follows', () => {
    const { texts, givenBack, key } = rig()
    expect(key('n', 1000)).toBe(true)
    expect(givenBack).toEqual([])
    vi.advanceTimersByTime(160)
    expect(givenBack).toEqual(['n'])
    key('y', 1000)
    expect(key('l', 100)).toBe(false)
    expect([givenBack, texts]).toEqual([['n', 'y'], []])
  })

  it('lets the rest of a code that was cut go by, and hears the next one', () => {
    const { texts, wedge, key, type } = rig()
    type('NCFABCDEF')
    vi.advanceTimersByTime(750)
    wedge.goDeaf()
    expect([key('N', 800), ...type('Y/L')]).toEqual([true, true, true, true])
    expect(key('Enter')).toBe(true)
    expect(key('l', 2500)).toBe(false)
    type('EDL1:ABC')
    key('Enter')
    expect(texts).toEqual(['NCFABCDEF', 'EDL1:ABC'])
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
