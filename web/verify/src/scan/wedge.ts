// A hand scanner on a desktop types what it reads, far faster than a person,
// and mostly ends with Enter. It is heard while no field has the focus.

import { MAX_TEXT, PREFIX } from '../code-time'

const GAP = 300 // ms between two keys of the prefix, at most: nobody types it by chance
const SILENCE = 700 // ms after which a text without Enter is over; a busy machine stutters

/** What an American keyboard types, for when an input method hides the key. */
const PLAIN: Record<string, string> = { Space: ' ', Minus: '-', Period: '.', Slash: '/' }
const SHIFTED: Record<string, string> = { Digit4: '$', Digit5: '%', Digit8: '*', Equal: '+', Semicolon: ':' }

type Key = Pick<KeyboardEvent, 'key' | 'code' | 'shiftKey' | 'timeStamp'>

function character({ key, code, shiftKey }: Key): string {
  if (key.length === 1) return key.toUpperCase() // Base45 has no small letters; Caps Lock makes some
  const shifted = shiftKey ? SHIFTED[code] : PLAIN[code]
  return shifted ?? /^(?:Key|Digit)([A-Z0-9])$/.exec(code)?.[1] ?? ''
}

/** Gathers keys into a text; `hear` says whether a key was a scanner's. */
export function createWedge(onText: (text: string) => void) {
  let text = ''
  let last = 0
  let timer: ReturnType<typeof setTimeout> | undefined

  function finish(): void {
    clearTimeout(timer)
    const whole = text
    text = ''
    if (whole.startsWith(PREFIX) && whole.length > PREFIX.length) onText(whole)
  }

  function hear(event: Key): boolean {
    const limit = text.startsWith(PREFIX) ? SILENCE : GAP
    if (text && event.timeStamp - last > limit) text = ''
    last = event.timeStamp
    if (event.key === 'Enter' || event.key === 'Tab') {
      const code = text.startsWith(PREFIX)
      finish()
      return code
    }
    if (event.key === 'Shift' || event.key === 'CapsLock') return false
    const next = character(event)
    const longer = text + next
    const fits = next !== '' && longer.length <= MAX_TEXT && (PREFIX.startsWith(longer) || longer.startsWith(PREFIX))
    text = fits ? longer : ''
    if (!fits) return false
    clearTimeout(timer)
    timer = setTimeout(finish, SILENCE)
    return true
  }

  return { hear }
}
