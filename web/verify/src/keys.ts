// The keyboard of a desktop terminal. A key does its page's deed unless
// something that takes keys itself has the focus or a dialog is open.

import { onScopeDispose } from 'vue'

export type Deeds = Partial<Record<'next' | 'yes' | 'no' | 'torch' | 'sound' | 'log' | 'number' | 'detain' | 'back', () => void>>

const names: Record<string, keyof Deeds> = {
  Enter: 'next', ' ': 'next', y: 'yes', n: 'no', t: 'torch', m: 'sound', l: 'log', '/': 'number', d: 'detain', Escape: 'back',
}

const writes = (target: Element | null): boolean => !!target?.closest('input, textarea, select, [contenteditable]')
const presses = (target: Element | null): boolean => !!target?.closest('button, a[href], summary')

/** Whether keys belong to the page now and not to a field or a dialog. */
export function pageHasKeys(): boolean {
  return !writes(document.activeElement) && !document.querySelector('dialog[open]')
}

/** The deed that a key asks for, or undefined. */
export function deedOf(event: KeyboardEvent): keyof Deeds | undefined {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.defaultPrevented) return undefined
  const deed = names[event.key.length === 1 ? event.key.toLowerCase() : event.key]
  if (deed === 'back') return document.querySelector('dialog[open]') ? undefined : deed
  if (!pageHasKeys()) return undefined
  if (deed === 'next' && presses(document.activeElement)) return undefined // it does its own
  return deed
}

/** Listens for the page's life. */
export function useKeys(deeds: () => Deeds): void {
  function onKey(event: KeyboardEvent): void {
    const deed = deedOf(event)
    const act = deed && deeds()[deed]
    if (!act) return
    event.preventDefault()
    act()
  }
  document.addEventListener('keydown', onKey)
  onScopeDispose(() => document.removeEventListener('keydown', onKey))
}
