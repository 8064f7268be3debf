// Files of look-ups: which scenarios take them, how they are read.

import type { Scenario } from './api-types'

/** By number, and not about a past moment, which each line would have of its own. */
export const takesFiles = (scenario: Scenario | undefined): boolean =>
  !!scenario?.ways.includes('number') && !scenario.asks.includes('accidentAt')

/** The text of a file; spreadsheets here still write GB 18030. */
export async function readText(file: Blob): Promise<string> {
  const bytes = await file.arrayBuffer()
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('gb18030').decode(bytes)
  }
}

/** Per cent with one digit, of a whole that may be nothing. */
export const share = (part: number, whole: number): string => (whole ? ((part / whole) * 100).toFixed(1) : '0.0')
