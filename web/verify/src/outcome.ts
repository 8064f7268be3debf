// What the band says after a check: an answer is a verdict on the licence, a
// refusal is not, and each refusal has its own shape, word and next step.

import type { Problem } from '@edl/kit/api'
import type { Text } from '@edl/kit/i18n'
import type { CheckAnswer, Verdict } from './api-types'
import type { Act, Kind, Shape, Tone } from './look'
import { refusals, type Advice } from './refusals'

export interface Outcome {
  kind: Kind
  tone: Tone
  shape: Shape
  word: Text
  line: Text
  act: Act
  /** Offer the look-up by number and name, where the scenario has it. */
  byNumber: boolean
  advice?: Advice
  answer?: CheckAnswer
  problem?: Problem
}

/** The kind of each refusal by its code; statuses decide about the rest. */
const kinds: Record<string, Kind> = {
  bad_signature: 'forged', bad_code: 'forged', bad_cbor: 'forged', bad_key: 'forged', too_large: 'forged',
  expired_code: 'expired', stale_code: 'expired',
  clock_skew: 'clock',
  replayed_code: 'replayed',
  ended_device: 'ended',
  unknown_code: 'unregistered',
  not_found: 'no_match',
  field_not_allowed: 'not_allowed',
}

function kindOf(problem: Problem): Kind {
  if (problem.status === 0 && problem.code === 'network') return 'offline'
  if (problem.status === 429) return 'limited'
  if (problem.status >= 500) return 'failed'
  return kinds[problem.code] ?? (problem.status === 403 ? 'not_allowed' : 'other')
}

type Look = Pick<Outcome, 'kind' | 'tone' | 'shape'>

/** How each answer looks; a solid band is a verdict on the licence alone. */
const looks = {
  usable: { kind: 'usable', tone: 'usable', shape: 'usable' },
  not_usable: { kind: 'not_usable', tone: 'stop', shape: 'stop' },
  pending: { kind: 'pending', tone: 'warn', shape: 'unknown' },
  no_verdict: { kind: 'no_record', tone: 'warn', shape: 'unknown' },
} as const satisfies Record<string, Look>

/** Letters under which a licence can be used. */
const HARMLESS = 'AHINPT'

/** Kept from use by nothing but an entry that is still being confirmed. */
const onlyPending = ({ pending, causes = [] }: CheckAnswer): boolean =>
  pending && causes.every((cause) => HARMLESS.includes(cause.letter))

export const lookOf = (verdict: Verdict): Look => looks[verdict]

export function answered(answer: CheckAnswer): Outcome {
  const { verdict } = answer
  return {
    ...(verdict === 'not_usable' && onlyPending(answer) ? looks.pending : looks[verdict]),
    word: answer.word,
    line: answer.line,
    act: 'next',
    byNumber: false,
    answer,
  }
}

export function refused(problem: Problem): Outcome {
  const kind = kindOf(problem)
  const { word, line, ...look } = refusals[kind as keyof typeof refusals]
  return { kind, ...look, word, line: line ?? problem.say, problem }
}

/** A refusal of what was typed belongs beside its fields, not on a page of its own. */
export const aboutFields = ({ problem }: Outcome): boolean =>
  !!problem && [400, 422].includes(problem.status) && (problem.errors.length > 0 || problem.code === 'check.reason_needed')
