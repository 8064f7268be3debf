// Scans of this shift that ended without a verdict. The server lists verdicts;
// these stay on the terminal, hold no name, and go at sign-out.

import { shallowRef } from 'vue'
import type { Kind } from './look'
import type { Outcome } from './outcome'

export interface Unanswered { at: string; kind: Kind }

const KEY = 'edl-verify-shift'
const MOST = 200

export const unanswered = shallowRef<Unanswered[]>(stored())

export function noteUnanswered(outcome: Outcome, at: string): void {
  unanswered.value = [{ at, kind: outcome.kind }, ...unanswered.value].slice(0, MOST)
  sessionStorage.setItem(KEY, JSON.stringify(unanswered.value))
}

/** A new shift begins empty. */
export function clearUnanswered(): void {
  unanswered.value = []
  sessionStorage.removeItem(KEY)
}

function stored(): Unanswered[] {
  try {
    return JSON.parse(sessionStorage.getItem(KEY) ?? '[]') as Unanswered[]
  } catch {
    return []
  }
}
