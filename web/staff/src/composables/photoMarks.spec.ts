import { describe, expect, it } from 'vitest'
import type { Finding } from '../api-types'
import { boxes, numbered } from './photoMarks'

const finding = (rule: string, verdict: Finding['verdict'], marks?: Finding['marks']): Finding => ({ rule, verdict, marks, say: { zh: rule, en: rule } })
const findings = [
  finding('head', 'pass', [{ x: 100, y: 100, w: 500, h: 500 }]),
  finding('brows', 'review', [{ x: 250, y: 250, w: 500, h: 100 }]),
  finding('same', 'not_assessed'),
  finding('ears', 'fail', [{ x: 100, y: 400, w: 50, h: 125 }, { x: 500, y: 500 }]),
]

describe('findings', () => {
  it('stand with what is wrong first, numbered where a person must look', () => {
    expect(numbered(findings).map((f) => [f.n, f.finding.rule])).toEqual([[1, 'ears'], [2, 'brows'], [0, 'same'], [0, 'head']])
  })
})

describe('marks', () => {
  it('are boxes, or points, in pixels of the picture', () => {
    expect(boxes(findings, 500, 800).map((b) => [b.key, b.n, b.x, b.y, b.w, b.h])).toEqual([
      ['ears-0', 1, 50, 320, 25, 100],
      ['ears-1', 1, 244, 394, 12, 12],
      ['brows-0', 2, 125, 200, 250, 80],
    ])
  })
  it('of what passed are not drawn', () => expect(boxes([findings[0]!], 520, 756)).toEqual([]))
})
