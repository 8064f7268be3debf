import { describe, expect, it } from 'vitest'
import type { Stats } from '../api-types'
import { setLanguage } from '../language'
import { oversight } from '../words/oversight'
import { chartsOf, peakOf, reasonBars } from './statsCharts'

const none: Stats = {
  period: 'day', promise: { within: 0, late: 0 }, appeals: { opened: 0, upheld: 0, changed: 0 }, series: [], reasons: [], scenarios: [], reviewSeconds: { median: 0, p90: 0 },
  counts: { submitted: 0, issued: 0, refused: 0, withdrawn: 0, overdue: 0, waiting: 0, checks: 0, feedback: 0, imports: 0, pending: 0 },
}
const point = (label: string, checks: number) => ({ label, at: '', submitted: 2, issued: 1, refused: 1, checks })
const t = (zh: string) => ({ zh, en: zh })
const busy: Stats = {
  ...none, promise: { within: 1440, late: 17 }, appeals: { opened: 4, upheld: 2, changed: 1 }, series: [point('08:00', 3), point('09:00', 9), point('10:00', 9)],
  reasons: [{ code: 'b', label: t('背景不是白色'), count: 1 }, { code: 'e', label: t('头发遮住耳朵'), count: 3 }, { code: 'u', label: t('穿制式服装'), count: 0 }],
  scenarios: [{ id: 'police', name: t('执法查验'), count: 21 }], reviewSeconds: { median: 72, p90: 190 }, counts: { ...none.counts, submitted: 6, issued: 3, refused: 3, waiting: 12, checks: 21 },
}

describe('the charts', () => {
  setLanguage('zh')
  it('answer their questions', () => {
    expect(Object.values(chartsOf(busy, oversight.zh)).map((chart) => [chart.question, chart.answer])).toEqual([
      ['我们守住承诺了吗', '98.8% 在下一个工作日 24:00 前办结'],
      ['办得赶上来得吗', '收到 6 件，办结 6 件，待审 12 件'],
      ['照片为什么被退回', '最多的是“头发遮住耳朵”，占 75.0%'],
      ['什么时候被查验', '09:00 最多，9 次'],
      ['为了什么被查验', '“执法查验”最多，占 100%'],
      ['审一件要多久', '一半在 1 分 12 秒内，十件有九件在 3 分 10 秒内'],
      ['申诉改变了什么', '提出 4 件；复核 1 件改为通过，2 件维持'],
    ])
  })
  it('say so where nothing happened, instead of dividing by it', () => {
    expect(Object.values(chartsOf(none, oversight.zh)).map((chart) => chart.answer)).toEqual([
      '这段时间没有办结的', '收到 0 件，办结 0 件，待审 0 件', '这段时间没有退回的照片', '这段时间没有查验', '这段时间没有查验', '这段时间没有人审核过', '这段时间没有申诉',
    ])
  })
  it('say what will stand there where nothing was counted, and have no table then', () => {
    const idle = { ...none, series: [{ ...point('08:00', 0), submitted: 0, issued: 0, refused: 0 }], counts: { ...none.counts, waiting: 3 } }
    expect(Object.values(chartsOf(idle, oversight.zh)).map((chart) => chart.rows)).toEqual([[], [], [], [], [], [], []])
    expect(chartsOf(idle, oversight.zh).flow.empty).toBe('收到或办结申请后，这里按时间显示各有几件。')
  })
  it('rank what happened and leave out what did not', () => expect(reasonBars(busy).map((bar) => bar.value)).toEqual([3, 1]))
  it('take the first of equal peaks', () => expect(peakOf(busy)).toBe(1))
  it('keep the numbers behind a drawing for its table', () => expect(chartsOf(busy, oversight.zh).flow.rows[0]).toEqual(['08:00', 2, 1, 1]))
})
