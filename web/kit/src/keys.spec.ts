import { expect, it, vi } from 'vitest'
import { pressLinksBySpace } from './keys'

pressLinksBySpace()

function pressedOn(html: string, key: string): number {
  document.body.innerHTML = html
  const element = document.body.firstElementChild as HTMLElement
  const clicked = vi.fn((event: Event) => event.preventDefault())
  element.addEventListener('click', clicked)
  element.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true }))
  return clicked.mock.calls.length
}

it.each([
  ['Space presses a link', '<a href="#/checks">查验记录</a>', ' ', 1],
  ['other keys are left alone', '<a href="#/checks">查验记录</a>', 'x', 0],
  ['a field keeps its spaces', '<input>', ' ', 0],
])('%s', (_, html, key, times) => expect(pressedOn(html, key)).toBe(times))
