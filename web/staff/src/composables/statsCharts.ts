// The charts of the statistics page: each asks a question, answers it in one
// line, and holds the table behind its drawing; one without rows says what will
// stand there.

import type { Stats } from '../api-types'
import { duration } from '../clock'
import { say } from '../language'
import type { oversight } from '../words/oversight'
import type { Cell } from './csv'
import { percent } from './scale'

export type ChartId = 'promise' | 'flow' | 'reasons' | 'when' | 'where' | 'speed' | 'appeals'
export interface Chart { question: string; answer: string; empty: string; head: string[]; rows: Cell[][] }
export interface Bar { label: string; value: number }

export const number = (n: number): string => n.toLocaleString('en')

/** What was counted, the most frequent first, without what never happened. */
const ranked = (items: { label: string; count: number }[]): Bar[] =>
  items.filter((item) => item.count > 0).sort((a, b) => b.count - a.count).map((item) => ({ label: item.label, value: item.count }))

export const reasonBars = (stats: Stats): Bar[] => ranked(stats.reasons.map((r) => ({ label: say(r.label), count: r.count })))
export const scenarioBars = (stats: Stats): Bar[] => ranked(stats.scenarios.map((s) => ({ label: say(s.name), count: s.count })))

export function appealBars(stats: Stats, w: (typeof oversight)['zh']): Bar[] {
  const { opened, upheld, changed } = stats.appeals
  if (!opened && !upheld && !changed) return []
  return [{ label: w.appealsOpened, value: opened }, { label: w.appealsChanged, value: changed }, { label: w.appealsUpheld, value: upheld }]
}

/** The step with most checks. */
export const peakOf = (stats: Stats): number =>
  stats.series.reduce((best, point, i) => (point.checks > (stats.series[best]?.checks ?? 0) ? i : best), 0)

export const decidedIn = (stats: Stats): number => stats.promise.within + stats.promise.late

const share = (part: Bar, all: Bar[]): string => percent(part.value, all.reduce((sum, bar) => sum + bar.value, 0))

export function chartsOf(stats: Stats, w: (typeof oversight)['zh']): { [id in ChartId]: Chart } {
  const { counts, promise, series, reviewSeconds: speed } = stats
  const [reasons, scenarios, peak] = [reasonBars(stats), scenarioBars(stats), series[peakOf(stats)]]
  const appeals = appealBars(stats, w)
  const came = series.some((point) => point.submitted + point.issued + point.refused)
  const seconds = (n: number) => duration(n * 1000)
  return {
    promise: {
      question: w.promiseQ,
      answer: decidedIn(stats) ? w.promiseA(percent(promise.within, decidedIn(stats))) : w.promiseNone,
      empty: w.promiseEmpty,
      head: [w.measure, w.times],
      rows: decidedIn(stats) ? [[w.withinN, promise.within], [w.lateN, promise.late]] : [],
    },
    flow: {
      question: w.flowQ,
      answer: w.flowA(number(counts.submitted), number(counts.issued + counts.refused), number(counts.waiting)),
      empty: w.flowEmpty,
      head: [w.time, w.submitted, w.issued, w.refusedS],
      rows: came ? series.map((point) => [point.label, point.submitted, point.issued, point.refused]) : [],
    },
    reasons: {
      question: w.reasonQ,
      answer: reasons[0] ? w.reasonA(reasons[0].label, share(reasons[0], reasons)) : w.reasonNone,
      empty: w.reasonEmpty,
      head: [w.reason, w.times],
      rows: reasons.map((bar) => [bar.label, bar.value]),
    },
    when: {
      question: w.whenQ,
      answer: peak && counts.checks ? w.whenA(peak.label, number(peak.checks)) : w.whenNone,
      empty: w.whenEmpty,
      head: [w.time, w.checks],
      rows: counts.checks ? series.map((point) => [point.label, point.checks]) : [],
    },
    where: {
      question: w.whereQ,
      answer: scenarios[0] ? w.whereA(scenarios[0].label, share(scenarios[0], scenarios)) : w.whenNone,
      empty: w.whereEmpty,
      head: [w.scenario, w.checks],
      rows: scenarios.map((bar) => [bar.label, bar.value]),
    },
    speed: {
      question: w.speedQ,
      answer: speed.median ? w.speedA(seconds(speed.median), seconds(speed.p90)) : w.speedNone,
      empty: w.speedEmpty,
      head: [w.measure, w.seconds],
      rows: speed.median ? [[w.median, speed.median], [w.p90, speed.p90]] : [],
    },
    appeals: {
      question: w.appealsQ,
      answer: appeals.length ? w.appealsA(...(['opened', 'changed', 'upheld'] as const).map((n) => number(stats.appeals[n])) as [string, string, string]) : w.appealsNone,
      empty: w.appealsEmpty,
      head: [w.measure, w.times],
      rows: appeals.map((bar) => [bar.label, bar.value]),
    },
  }
}
