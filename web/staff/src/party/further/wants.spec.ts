import { beforeEach, expect, test } from 'vitest'
import { keptWants } from './wants'

beforeEach(() => sessionStorage.clear())

test('what was typed is there after a reload, and gone once it was sent', () => {
  const wanted = keptWants()
  wanted.value = [{ scenario: 'claim', purpose: '' }]
  wanted.value[0]!.purpose = '理赔时核验'
  expect(keptWants().value).toEqual([{ scenario: 'claim', purpose: '理赔时核验' }])
  wanted.value = []
  expect(keptWants().value).toEqual([])
})

test('what nobody can read begins anew', () => {
  for (const text of ['{', '{}', '[1]', '[null]']) {
    sessionStorage.setItem('edl-further', text)
    expect(keptWants().value).toEqual([])
  }
})
