// Tables as CSV that a spreadsheet opens and never executes: a cell that
// would be read as a formula gets an apostrophe in front (OWASP, CSV
// injection). UTF-8 with a mark, CRLF, every text cell quoted.

export type Cell = string | number | null | undefined

// Half- and full-width signs that start a formula, and what is not seen and skipped before one.
const FORMULA = /^[\s\p{Cc}\p{Cf}]*[=+\-@＝＋－＠|%]/u
const CONTROL_FIRST = /^[\t\r\n]/

export function cell(value: Cell): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : ''
  const safe = FORMULA.test(value) || CONTROL_FIRST.test(value) ? `'${value}` : value
  return `"${safe.replaceAll('"', '""')}"`
}

export const csv = (rows: readonly (readonly Cell[])[]): string =>
  '\ufeff' + rows.map((row) => row.map(cell).join(',')).join('\r\n') + '\r\n'

/** Hands the table to the browser as a file. */
export function download(name: string, rows: readonly (readonly Cell[])[]): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(new Blob([csv(rows)], { type: 'text/csv;charset=utf-8' }))
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000)
}
