import { afterEach, describe, expect, it } from 'vitest'
import { deedOf } from './keys'

const press = (key: string, more: KeyboardEventInit = {}): KeyboardEvent => new KeyboardEvent('keydown', { key, ...more })

describe('a key', () => {
  afterEach(() => void (document.body.innerHTML = ''))

  it.each([['Enter', 'next'], [' ', 'next'], ['y', 'yes'], ['Y', 'yes'], ['n', 'no'], ['t', 'torch'], ['m', 'sound'], ['l', 'log'], ['/', 'number'], ['Escape', 'back'], ['q', undefined]])('%j does %s', (key, deed) => {
    expect(deedOf(press(key))).toBe(deed)
  })

  it('belongs to the field that has the focus, but Escape still goes back', () => {
    document.body.innerHTML = '<input>'
    document.querySelector('input')!.focus()
    expect([deedOf(press('y')), deedOf(press('Enter')), deedOf(press('Escape'))]).toEqual([undefined, undefined, 'back'])
  })

  it('presses the button that has the focus, and other keys go on', () => {
    document.body.innerHTML = '<button>一致</button>'
    document.querySelector('button')!.focus()
    expect([deedOf(press('Enter')), deedOf(press(' ')), deedOf(press('n'))]).toEqual([undefined, undefined, 'no'])
  })

  it('is left alone with a modifier, held down, or in an open dialog', () => {
    expect([deedOf(press('n', { ctrlKey: true })), deedOf(press('n', { repeat: true }))]).toEqual([undefined, undefined])
    document.body.innerHTML = '<dialog open></dialog>'
    expect([deedOf(press('n')), deedOf(press('Escape'))]).toEqual([undefined, undefined])
  })
})
