// A hand scanner on a desktop types what it reads, far faster than a person,
// and mostly ends with Enter. It is heard while no field has the focus.

import { MAX_TEXT, PREFIX } from '../code-time'
import { OPENINGS } from '../offline/datacode'

const GAP = 300 // ms between two keys of the opening, at most: nobody types it by chance
const HOLD = 150 // ms for which a key that opens a code and is a shortcut too waits for the next
const SILENCE = 700 // ms after which a text without Enter is over; a busy machine stutters
const LONG = 250 // characters from which a scanner may send a code in records
const RECORD = 400 // ms after Enter within which the next record begins
const DEAF = 2000 // ms of silence after which the rest of a code that was cut is over

/** Of 亮码 and of 数据码. */
const openings = [PREFIX, ...OPENINGS]
const opened = (text: string): boolean => openings.some((opening) => text.startsWith(opening))
const opens = (text: string): boolean => opened(text) || openings.some((opening) => opening.startsWith(text))

/** What an American keyboard types, for when an input method hides the key. */
const PLAIN: Record<string, string> = { Space: ' ', Minus: '-', Period: '.', Slash: '/' }
const SHIFTED: Record<string, string> = { Digit4: '$', Digit5: '%', Digit8: '*', Equal: '+', Semicolon: ':' }

export type Key = Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'timeStamp'>

function character({ key, code, shiftKey }: Key): string {
  if (key.length === 1) return key.toUpperCase() // Base45 has no small letters; Caps Lock makes some
  const shifted = shiftKey ? SHIFTED[code] : PLAIN[code]
  return shifted ?? /^(?:Key|Digit)([A-Z0-9])$/.exec(code)?.[1] ?? ''
}

/** Gathers keys into a text; `hear` says whether a key was a scanner's. One that
    was taken for a scanner's and turns out to be a person's goes to `giveBack`. */
export function createWedge(onText: (text: string) => void, giveBack: (key: Key) => void) {
  let text = ''
  let held: Key[] = [] // of an opening that is not whole
  let last = 0
  let deaf = false
  let timer: ReturnType<typeof setTimeout> | undefined

  function after(ms: number, deed: () => void): void {
    clearTimeout(timer)
    timer = setTimeout(deed, ms)
  }

  function finish(): void {
    clearTimeout(timer)
    const whole = text
    text = ''
    if (opened(whole) && !openings.includes(whole)) onText(whole)
    else letGo()
  }

  function letGo(): void {
    clearTimeout(timer)
    const keys = held
    text = ''
    held = []
    keys.forEach(giveBack)
  }

  function hear(event: Key): boolean {
    const pause = event.timeStamp - last
    last = event.timeStamp
    if ((deaf &&= pause < DEAF)) return true
    if (text && pause > (opened(text) ? SILENCE : GAP)) letGo()
    if (event.key === 'Shift' || event.key === 'CapsLock') return false
    if (event.key === 'Enter' || event.key === 'Tab') return end()
    const next = character(event)
    if (next === '' || text.length >= MAX_TEXT || !opens(text + next)) {
      letGo()
      if (next === '' || !opens(next)) return false
    }
    text += next
    held = opened(text) ? [] : [...held, event]
    after(held.length ? HOLD : SILENCE, finish)
    return true
  }

  function end(): boolean {
    if (!opened(text)) {
      letGo()
      return false
    }
    if (text.length < LONG) finish()
    else after(RECORD, finish)
    return true
  }

  /** Lets the rest of a code that was cut go by, so that it presses nothing. */
  const goDeaf = (): void => void (deaf = true)

  return { hear, goDeaf }
}
