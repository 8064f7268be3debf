// What is heard and felt with the band, told apart without looking: two rising
// notes, two low ones, three rough ones, a single soft one.

import { ref } from 'vue'
import type { Tone } from './look'

interface Note { hz: number; ms: number; wave?: OscillatorType }
interface Signal { notes: Note[]; buzz: number[] } // buzz: ms on, off, on …

const signals: Record<Tone, Signal> = {
  usable: { notes: [{ hz: 880, ms: 90 }, { hz: 1319, ms: 160 }], buzz: [60] },
  stop: { notes: [{ hz: 330, ms: 220 }, { hz: 220, ms: 380 }], buzz: [260, 120, 260] },
  forged: { notes: [{ hz: 247, ms: 140, wave: 'square' }, { hz: 233, ms: 140, wave: 'square' }, { hz: 247, ms: 300, wave: 'square' }], buzz: [120, 80, 120, 80, 400] },
  again: { notes: [{ hz: 587, ms: 180 }], buzz: [100] },
  warn: { notes: [{ hz: 587, ms: 110 }, { hz: 440, ms: 220 }], buzz: [100, 100, 100] },
}

const MUTED = 'edl-verify-muted'
const LOUDNESS = 0.22
const REST = 40 // ms between notes

export const muted = ref(localStorage.getItem(MUTED) === '1')
let context: AudioContext | undefined

export function setMuted(quiet: boolean): void {
  muted.value = quiet
  localStorage.setItem(MUTED, quiet ? '1' : '0')
  if (!quiet) signal('again')
}

/** Browsers let a page sound only after a press; the first one readies it. */
export function readySound(): void {
  if (typeof AudioContext === 'undefined') return
  context ??= new AudioContext()
  if (context.state === 'suspended') void context.resume()
}

export function signal(tone: Tone): void {
  const { notes, buzz } = signals[tone]
  if (navigator.userActivation?.hasBeenActive) navigator.vibrate?.(buzz)
  if (muted.value || !context || context.state !== 'running') return
  let at = context.currentTime
  for (const note of notes) {
    play(context, note, at)
    at += (note.ms + REST) / 1000
  }
}

function play(context: AudioContext, { hz, ms, wave = 'sine' }: Note, at: number): void {
  const end = at + ms / 1000
  const gain = context.createGain()
  gain.gain.setValueAtTime(0, at)
  gain.gain.linearRampToValueAtTime(wave === 'square' ? LOUDNESS / 3 : LOUDNESS, at + 0.01)
  gain.gain.setValueAtTime(wave === 'square' ? LOUDNESS / 3 : LOUDNESS, end - 0.03)
  gain.gain.linearRampToValueAtTime(0, end) // no click
  const oscillator = context.createOscillator()
  oscillator.type = wave
  oscillator.frequency.value = hz
  oscillator.connect(gain).connect(context.destination)
  oscillator.start(at)
  oscillator.stop(end)
}
