import { expect, test } from 'vitest'
import { isUSCC, tidyUSCC } from './uscc'

test('a code is one whose last character fits', () => {
  expect(isUSCC('91350100M000100Y43')).toBe(true) // the standard's own example
  expect(isUSCC('91350100M000100Y44')).toBe(false)
  expect(isUSCC('91350100M000100Y4')).toBe(false)
  expect(isUSCC('9135010OM000100Y43')).toBe(false)
  expect(isUSCC('91350100I000100Y43')).toBe(false)
  expect(tidyUSCC(' 91350100 m000100y43')).toBe('91350100M000100Y43')
})
