// Going through a table by J and K: the focus moves along the rows' own links
// and buttons, so that Enter and a screen reader find what they expect.

import { shallowRef, type ComponentPublicInstance } from 'vue'
import type { Key } from './useKeys'

/** The index to go to from `at` (−1: none yet) in a list of n, staying at its ends. */
export const moved = (at: number, step: 1 | -1, n: number): number =>
  at < 0 ? (step > 0 ? 0 : n - 1) : Math.min(n - 1, Math.max(0, at + step))

export function useRows(selector = '[data-row]') {
  const holder = shallowRef<HTMLElement | null>(null)
  const body = (element: Element | ComponentPublicInstance | null) => { holder.value = element as HTMLElement | null }
  function move(step: 1 | -1): void {
    const rows = [...(holder.value?.querySelectorAll<HTMLElement>(selector) ?? [])]
    if (!rows.length) return
    const here = document.activeElement
    const at = rows.findIndex((row) => row === here || row.closest('tr, li')?.contains(here))
    const next = rows[moved(at, step, rows.length)]!
    next.focus()
    next.scrollIntoView({ block: 'nearest' })
  }
  const keys = (say: string): Key[] => [{ caps: ['J', 'K'], say, repeats: true, bar: true, run: (cap) => move(cap === 'J' ? 1 : -1) }]
  return { body, move, keys }
}
