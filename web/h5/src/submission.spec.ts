import { beforeEach, expect, it } from 'vitest'
import type { Submission } from './api-types'
import { keyFor, useConsents } from './submission'

const submission: Submission = { kind: 'first', route: 'onfile', consent: { identityNumber: true, face: true, version: '1' } }

beforeEach(() => sessionStorage.clear())

it('a double press and a retry travel under one key', () => {
  expect(keyFor(submission)).toBe(keyFor({ ...submission }))
})

it('another content gets another key', () => {
  const first = keyFor(submission)
  expect(keyFor({ ...submission, route: 'camera', photoId: 'p2' })).not.toBe(first)
})

it('consents start empty, and a press before they are given says which is missing', () => {
  const consents = useConsents()
  expect([consents.identityNumber.value, consents.face.value, consents.pressedEarly.value]).toEqual([false, false, false])
  consents.identityNumber.value = true
  expect(consents.given()).toBe(false)
  expect(consents.pressedEarly.value).toBe(true)
  consents.face.value = true
  expect(consents.given()).toBe(true)
})
