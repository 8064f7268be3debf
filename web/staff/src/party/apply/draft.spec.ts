import { beforeEach, expect, test } from 'vitest'
import { forgetDraft, keptDraft } from './draft'

beforeEach(() => sessionStorage.clear())

test('what was typed is there after a reload, down to the last word', () => {
  const draft = keptDraft()
  draft.form.name = '示范保险有限公司'
  draft.form.wanted.push({ scenario: 'underwriting', purpose: '承保前核验' })
  draft.step = 2
  const again = keptDraft()
  expect(again.form).toEqual(draft.form)
  expect(again.step).toBe(2)
  forgetDraft()
  expect(keptDraft().form.name).toBe('')
})

test('what another version kept, or nobody can read, begins anew', () => {
  sessionStorage.setItem('edl-apply', '{"form":{"name":"甲"}}')
  expect(keptDraft().form).toMatchObject({ name: '甲', wanted: [] })
  sessionStorage.setItem('edl-apply', '{')
  expect(keptDraft().step).toBe(0)
})
