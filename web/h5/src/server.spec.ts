import { Problem } from '@edl/kit/api'
import { expect, it } from 'vitest'
import type { Session } from './api-types'
import { meet, onSessionEnd } from './server'
import { session } from './session'

it('leads to sign in when the session ends, and not again for answers that come late', () => {
  let left = 0
  onSessionEnd(() => left++)
  const over = new Problem(401, 'session', { zh: '请重新登录', en: 'Sign in again' })
  session.value = { level: 'driver' } as Session
  meet(over)
  expect([left, session.value]).toEqual([1, null])
  meet(over)
  expect(left).toBe(1)
})
