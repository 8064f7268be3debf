import { mount } from '@vue/test-utils'
import { afterEach, describe, expect, it } from 'vitest'
import { defineComponent, h } from 'vue'
import { activeKeys, capOf, mayAct, switchLetters, takesText, useKeys } from './useKeys'

const press = (key: string, also: Partial<KeyboardEvent> = {}) =>
  capOf({ key, ctrlKey: false, metaKey: false, altKey: false, shiftKey: false, ...also })

const element = (html: string): HTMLElement => {
  const holder = document.createElement('div')
  holder.innerHTML = html
  return holder.firstElementChild as HTMLElement
}

describe('a key press', () => {
  it('is named by its cap, whatever the case', () => {
    expect(press('a')).toBe('A')
    expect(press('R', { shiftKey: true })).toBe('R')
    expect(press('Escape')).toBe('Esc')
    expect(press('ArrowLeft', { shiftKey: true })).toBe('Shift ←')
  })
  it('belongs to the browser when Ctrl, Alt or Meta is held', () => {
    expect(press('p', { ctrlKey: true })).toBeNull()
    expect(press('r', { metaKey: true })).toBeNull()
    expect(press('a', { altKey: true })).toBeNull()
  })
})

describe('a single letter', () => {
  it('is text in a field that takes text', () => {
    for (const html of ['<input>', '<input type="search">', '<input type="date">', '<textarea></textarea>', '<select></select>']) {
      expect(takesText(element(html)), html).toBe(true)
      expect(mayAct('A', element(html), false, true), html).toBe(false)
    }
  })
  it('acts on a tick box, a button and the page', () => {
    for (const html of ['<input type="checkbox">', '<button></button>', '<body></body>', '<div></div>'])
      expect(mayAct('A', element(html), false, true), html).toBe(true)
  })
  it('rests in a dialog and when switched off', () => {
    expect(mayAct('A', document.body, true, true)).toBe(false)
    expect(mayAct('A', document.body, false, false)).toBe(false)
    expect(mayAct('F9', document.body, false, false)).toBe(true)
  })
})

describe('Enter and arrows', () => {
  it('stay with what has the focus', () => {
    expect(mayAct('Enter', element('<button></button>'), false, true)).toBe(false)
    expect(mayAct('Enter', document.body, false, true)).toBe(true)
    expect(mayAct('←', element('<input type="radio">'), false, true)).toBe(false)
  })
})

describe('useKeys', () => {
  afterEach(() => switchLetters(true))
  const seen: string[] = []
  const page = defineComponent({
    setup() {
      useKeys(() => [{ caps: ['A', 'B'], say: 'note it', run: (cap) => seen.push(cap) }])
      return () => h('input')
    },
  })
  const type = (key: string, target: EventTarget = document.body, also: KeyboardEventInit = {}) =>
    target.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...also }))

  it('works from the page’s arrival to its leaving, once a press', () => {
    const wrapper = mount(page, { attachTo: document.body })
    expect(activeKeys.value.map((k) => k.say)).toEqual(['note it'])
    type('a')
    type('b')
    type('a', document.body, { repeat: true })
    type('a', wrapper.element)
    switchLetters(false)
    type('a')
    wrapper.unmount()
    switchLetters(true)
    type('a')
    expect(seen).toEqual(['A', 'B'])
    expect(activeKeys.value).toEqual([])
  })
})
