// Keys of the page. A single letter works only while no field has the focus
// and no dialog is open, and can be switched off (WCAG 2.1.4); function keys
// and Esc work everywhere but in a dialog.

import { computed, onBeforeUnmount, onMounted, ref, shallowReactive } from 'vue'

export interface Key {
  /** As written on the cap: 'A', '?', '/', 'F9', 'Esc', '←', 'Shift ←', 'Enter'. Several do the same. */
  caps: string[]
  say: string
  run: (cap: string) => void
  /** How a long row of caps is written in the bar. */
  short?: string[]
  /** Shown in the bar at the foot too, not in the list of all keys alone. */
  bar?: boolean
  /** Holding the key repeats it. */
  repeats?: boolean
}

const STORE = 'edl-staff-letters'
const ARROWS: { [key: string]: string } = { ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Escape: 'Esc' }
const NOT_TEXT = new Set(['button', 'checkbox', 'color', 'file', 'image', 'radio', 'range', 'reset', 'submit'])

export const lettersOn = ref(localStorage.getItem(STORE) !== 'off')
export function switchLetters(on: boolean): void {
  lettersOn.value = on
  localStorage.setItem(STORE, on ? 'on' : 'off')
}

const groups = shallowReactive(new Set<() => Key[]>())
/** All keys that work now, the page's own before the console's. */
export const activeKeys = computed(() => [...groups].reverse().flatMap((group) => group()))

/** The cap that a key press means, or null where it belongs to the browser. */
export function capOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null
  const arrow = ARROWS[event.key]
  if (arrow) return event.shiftKey && arrow !== 'Esc' ? `Shift ${arrow}` : arrow
  return event.key.length === 1 ? event.key.toUpperCase() : event.key
}

/** Whether letters pressed here belong to the element: it takes text. */
export function takesText(element: EventTarget | null): boolean {
  if (!(element instanceof HTMLElement)) return false
  if (element instanceof HTMLInputElement) return !NOT_TEXT.has(element.type)
  return element instanceof HTMLTextAreaElement || element instanceof HTMLSelectElement || element.isContentEditable
}

/** Whether the cap may act, given where the focus is. */
export function mayAct(cap: string, target: EventTarget | null, dialogOpen: boolean, letters: boolean): boolean {
  if (dialogOpen) return false
  if (/^(F\d+|Esc)$/.test(cap)) return true
  if (takesText(target)) return false
  if (/[←→↑↓]/.test(cap)) return !(target instanceof HTMLInputElement) && !inside(target, '[role=tablist]')
  if (cap === 'Enter' || cap === ' ') return !inside(target, 'a, button, input, summary')
  return letters
}

const inside = (target: EventTarget | null, selector: string): boolean => target instanceof Element && target.closest(selector) !== null

function press(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing) return
  const cap = capOf(event)
  if (!cap) return
  const key = activeKeys.value.find((k) => k.caps.includes(cap))
  if (!key || (event.repeat && !key.repeats)) return
  if (!mayAct(cap, event.target, document.querySelector('dialog[open]') !== null, lettersOn.value)) return
  event.preventDefault()
  key.run(cap)
}

/** Makes keys work while the component is on the page. */
export function useKeys(keys: () => Key[]): void {
  onMounted(() => {
    if (groups.size === 0) window.addEventListener('keydown', press)
    groups.add(keys)
  })
  onBeforeUnmount(() => {
    groups.delete(keys)
    if (groups.size === 0) window.removeEventListener('keydown', press)
  })
}
