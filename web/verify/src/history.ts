// The shift's list: the server's verdicts and this terminal's scans without
// one, newest first.

import type { Text } from '@edl/kit/i18n'
import type { CheckLog, CheckRow, ForeignRow } from './api-types'
import type { Shape, Tone } from './look'
import { lookOf } from './outcome'
import { refusals } from './refusals'
import type { Unanswered } from './shift'

export interface Entry {
  key: string
  at: string
  id?: string // of a verdict, which can be opened
  number?: string // of a verdict that another authority keeps
  receipt?: string // there
  tone: Tone
  shape: Shape
  word: Text
  under: Text
  name?: string
  match?: boolean
}

export type Filter = 'all' | 'not_usable' | 'mismatch' | 'unanswered'

export const filters: Record<Filter, (entry: Entry) => boolean> = {
  all: () => true,
  not_usable: (e) => e.tone === 'stop',
  mismatch: (e) => e.match === false,
  unanswered: (e) => !e.id && !e.number,
}

function verdict(row: CheckRow): Entry {
  const { tone, shape } = lookOf(row.verdict)
  return { key: row.id, id: row.id, at: row.at, tone, shape, word: row.word, under: row.scenarioName, name: row.name, match: row.personMatch }
}

/** Of another authority's code: the driver is named there, not here. */
function abroad(row: ForeignRow): Entry {
  const look = row.verdict === 'refused' ? refusals.other : lookOf(row.verdict === 'unreachable' ? 'no_verdict' : row.verdict)
  return {
    key: row.id, number: row.number, receipt: row.receiptUrl, at: row.at, tone: look.tone, shape: look.shape,
    word: row.word, under: row.authority, match: row.personMatch,
  }
}

const nothing: Text = { zh: '未得结论', en: 'no verdict' }

function without(u: Unanswered, n: number): Entry {
  const look = refusals[u.kind as keyof typeof refusals]
  return { key: `${u.at}/${n}`, at: u.at, tone: look.tone, shape: look.shape, word: look.word, under: look.line ?? nothing }
}

export function merge({ checks, foreign }: Pick<CheckLog, 'checks' | 'foreign'>, unanswered: Unanswered[]): Entry[] {
  return [...checks.map(verdict), ...foreign.map(abroad), ...unanswered.map(without)].sort((a, b) => Date.parse(b.at) - Date.parse(a.at))
}
