// @vitest-environment happy-dom
import { createApp, h, nextTick, ref } from 'vue'
import { afterEach, expect, it, vi } from 'vitest'
import { useChosen } from './useChosen'

afterEach(() => vi.unstubAllGlobals())
const rows = ref([{ id: 'a' }, { id: 'b' }])

/** A page with the row beside its list. */
function open() {
  let list!: ReturnType<typeof useChosen<{ id: string }>>
  createApp({
    setup: () => { list = useChosen(() => rows.value, (row) => row.id) },
    render: () => h('aside', { ref: 'detail' }),
  }).mount(document.createElement('div'))
  return list
}

it('opens one row, and none that left the list', () => {
  const { chosen, choose, close } = open()
  expect(chosen.value).toBeUndefined()
  choose('b')
  expect(chosen.value).toEqual({ id: 'b' })
  rows.value = [{ id: 'a' }]
  expect(chosen.value).toBeUndefined()
  choose('a')
  close()
  expect(chosen.value).toBeUndefined()
})

it('goes to the open row where it stands below the list, and nowhere beside it', async () => {
  const { detail, choose } = open()
  const scroll = vi.spyOn(detail.value!, 'scrollIntoView').mockReturnValue()
  vi.stubGlobal('innerWidth', 1440)
  choose('a')
  await nextTick()
  expect(scroll).not.toHaveBeenCalled()
  vi.stubGlobal('innerWidth', 390)
  choose('a')
  await nextTick()
  expect(scroll).toHaveBeenCalledOnce()
})
