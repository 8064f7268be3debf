// 锁在此页: while somebody else holds the phone, one careless touch does not
// leave the page. It locks the page, not the phone: two presses end it.

import type { Words } from './words'
import { $ } from './view'

const SURE = 3000 // ms in which the second press counts

export function setUpLock(w: Words): void {
  const button = $('#lock')
  let locked = false
  let asked = 0

  const draw = (text: string): void => {
    button.lastElementChild!.textContent = text
    button.setAttribute('aria-pressed', String(locked))
    document.documentElement.classList.toggle('locked', locked)
  }

  const lock = (): void => {
    locked = true
    history.pushState(null, '')
    void document.documentElement.requestFullscreen?.().catch(() => {})
    draw(w.unlock)
  }

  const unlock = (): void => {
    locked = false
    if (document.fullscreenElement) void document.exitFullscreen()
    draw(w.lock)
    history.back()
  }

  button.addEventListener('click', () => {
    if (!locked) return lock()
    if (Date.now() - asked < SURE) return unlock()
    asked = Date.now()
    draw(w.sure)
    setTimeout(() => locked && draw(w.unlock), SURE)
  })
  addEventListener('popstate', () => locked && history.pushState(null, ''))
  draw(w.lock)
}

/** Keeps the screen lit while the code stands on it. */
export async function stayAwake(): Promise<void> {
  await navigator.wakeLock?.request('screen').catch(() => undefined)
}
