// 查验记录: how a check is drawn.

import type { Mark } from '@edl/kit/marks'
import type { Check } from './api-types'

export const outcomeMark: Record<Check['outcome'], Mark> = { usable: 'ok', not_usable: 'stop', no_verdict: 'unknown' }

/** One character for the kind of body, from the scenario's words. */
export function tile(check: Pick<Check, 'scenario' | 'party'>): string {
  const words = check.scenario.zh
  for (const [sign, character] of [['执法', '警'], ['路面', '警'], ['租', '租'], ['承保', '保'], ['理赔', '保'], ['保险', '保'], ['运输', '运'], ['客货', '运'], ['监管', '管'], ['业务', '窗'], ['窗口', '窗']] as const) {
    if (words.includes(sign)) return character
  }
  return check.party.slice(0, 1)
}
