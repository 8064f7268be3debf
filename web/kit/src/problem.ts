// What a refusal is called when it is read out: the server's trace where there
// is one, else the code and the minute, so that a clerk can find it.

import type { Problem } from './api'
import { clock } from './dates'

export function codeToCopy(problem: Problem): string {
  if (problem.trace) return problem.trace
  return `${problem.code.toUpperCase().replace(/[._]/g, '-')}-${clock(problem.at).replace(':', '')}`
}
