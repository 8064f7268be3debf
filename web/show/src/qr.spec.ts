import { describe, expect, it } from 'vitest'
import published from '../../../livecode/testdata/vectors.json'
import { drawing } from '@edl/kit/qr'

const QUIET = 8 // modules, both sides together
const modules = (version: number): number => 17 + 4 * version + QUIET

describe('the QR of a code', () => {
  it.each(published.codes.map((c) => [c.name, c] as const))('%s fits the version the format promises', (_name, code) => {
    const most = code.issuerPart ? 30 : code.challenge ? 8 : 6
    expect(drawing(code.text).size).toBeLessThanOrEqual(modules(most))
  })

  it('keeps its quiet zone free', () => {
    const { size, path } = drawing(published.codes[0]!.text)
    const runs = [...path.matchAll(/M(\d+) (\d+)h(\d+)/g)].map((m) => m.slice(1).map(Number) as [number, number, number])
    expect(Math.min(...runs.map(([x]) => x), ...runs.map(([, y]) => y))).toBe(4)
    expect(Math.max(...runs.map(([x, , width]) => x + width))).toBe(size - 4)
  })
})
