// Scales of the charts: from numbers and days to pixels of a drawing.

export type Scale = (value: number) => number

/** Maps [from, to] onto [start, end]; an empty domain maps to the start. */
export const linear = ([from, to]: [number, number], [start, end]: [number, number]): Scale =>
  (value) => (to === from ? start : start + ((value - from) / (to - from)) * (end - start))

/** Round steps (1, 2 or 5 × 10ⁿ, whole) from 0 up to the first that covers max. */
export function ticks(max: number, about = 4): number[] {
  if (!(max > 0)) return [0, 1]
  const rough = max / about
  const power = 10 ** Math.floor(Math.log10(rough))
  const step = Math.max(1, [1, 2, 5, 10].map((n) => n * power).find((n) => n >= rough * 0.999)!)
  return Array.from({ length: Math.ceil(max / step - 1e-9) + 1 }, (_, i) => i * step)
}

/** n equal places between start and end, each with its left edge and width. */
export function bands(n: number, [start, end]: [number, number], gap = 0.2): { x: number; width: number; middle: number }[] {
  const pitch = n ? (end - start) / n : 0
  const width = pitch * (1 - gap)
  return Array.from({ length: n }, (_, i) => {
    const x = start + i * pitch + (pitch - width) / 2
    return { x, width, middle: x + width / 2 }
  })
}

/** Which labels to write so that at most `most` stand, the last always among them. */
export const everyNth = (n: number, most: number): ((i: number) => boolean) => {
  const step = Math.max(1, Math.ceil(n / most))
  return (i) => (n - 1 - i) % step === 0
}

/** The first days of months between two instants, at most about a dozen. */
export function monthStarts(from: number, to: number): string[] {
  const starts: string[] = []
  const first = new Date(from + 8 * 3_600_000) // the zone of Shanghai, without summer time
  let year = first.getUTCFullYear()
  let month = first.getUTCMonth() + 1
  for (;;) {
    if (month > 12) [year, month] = [year + 1, 1]
    const date = `${year}-${String(month).padStart(2, '0')}-01`
    const at = Date.parse(`${date}T00:00:00+08:00`)
    if (!(at <= to)) break
    if (at >= from) starts.push(date)
    month++
  }
  const shown = everyNth(starts.length, 12)
  return starts.filter((_, i) => shown(i))
}

/** A share in percent with one decimal, never rounded up to 100 or down to 0. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '—'
  const share = (part / whole) * 100
  if (part === whole) return '100%'
  if (part === 0) return '0%'
  return `${Math.min(99.9, Math.max(0.1, share)).toFixed(1)}%`
}
