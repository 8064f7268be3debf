import { describe, expect, it } from 'vitest'
import { moved, useRows } from './useRows'

describe('J and K', () => {
  it('begin at an end and stay within the list', () => {
    expect([moved(-1, 1, 3), moved(-1, -1, 3), moved(0, -1, 3), moved(2, 1, 3), moved(1, 1, 3)]).toEqual([0, 2, 0, 2, 2])
  })
  it('move the focus along the rows, from a button within one too', () => {
    document.body.innerHTML = '<table><tbody><tr><td><a data-row href="#1">1</a></td><td><button id="x">x</button></td></tr><tr><td><a data-row href="#2">2</a></td></tr></tbody></table>'
    const rows = useRows()
    rows.body(document.querySelector('tbody'))
    rows.move(1)
    expect(document.activeElement?.textContent).toBe('1')
    document.getElementById('x')!.focus()
    rows.move(1)
    expect(document.activeElement?.textContent).toBe('2')
    rows.move(1)
    expect(document.activeElement?.textContent).toBe('2')
  })
})
