import { mount } from '@vue/test-utils'
import { toast, toasts } from '@edl/kit/toast'
import { expect, it } from 'vitest'
import type { Outcome } from './outcome'
import Band from './parts/Band.vue'

it('nothing that was told of before lies over the word', () => {
  toast('PIN 已改好')
  const usable: Outcome = { kind: 'usable', tone: 'usable', shape: 'usable', word: { zh: '可用', en: 'Usable' }, line: { zh: '', en: '' }, act: 'next', byNumber: false }
  const band = mount(Band, { props: { outcome: usable, took: 40 } })
  expect([toasts.length, band.find('[data-testid=word]').exists()]).toEqual([0, true])
})
