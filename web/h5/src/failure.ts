// An error nobody expected: one page, with a code, instead of a blank screen.

import type { Problem } from '@edl/kit/api'
import { asProblem } from '@edl/kit/task'
import { shallowRef } from 'vue'
import { route, router } from './router'

export const failure = shallowRef<{ problem: Problem; page: string } | null>(null)

export function showFailure(error: unknown): void {
  failure.value = { problem: asProblem(error), page: route.fullPath }
  void router.push('/error')
}
