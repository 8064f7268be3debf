import 'fake-indexeddb/auto'
import { cacheGet, cachePut } from '@edl/kit/keystore'
import { effectScope } from 'vue'
import { expect, it, vi } from 'vitest'
import { emit } from './live'
import { useLoad } from './load'
import { offline } from './session'

const answers = (...list: (unknown | 'down')[]): void => {
  vi.stubGlobal('fetch', vi.fn(async () => {
    const answer = list.length > 1 ? list.shift() : list[0]
    if (answer === 'down') throw new TypeError('no network')
    return new Response(JSON.stringify(answer))
  }))
}
const load = (keep?: string) => effectScope().run(() => useLoad<{ n: number }>('/api/driver/home', { keep, again: ['state'] }))!

it('shows the server’s answer and keeps it', async () => {
  answers({ n: 1 })
  const page = load('home')
  await vi.waitFor(() => expect(page.data.value).toEqual({ n: 1 }))
  await vi.waitFor(async () => expect(await cacheGet('home')).toMatchObject({ answer: { n: 1 } }))
  expect(page.stale.value).toBe(false)
})

it('without a network shows what was kept, and says that it is old', async () => {
  await cachePut('kept', { answer: { n: 7 }, checkedAt: 5 })
  answers('down')
  const page = load('kept')
  await vi.waitFor(() => expect(page.stale.value).toBe(true))
  expect([page.data.value, page.checkedAt.value, offline.value]).toEqual([{ n: 7 }, 5, true])
})

it('with nothing kept and no network the problem is shown', async () => {
  answers('down')
  const page = load()
  await vi.waitFor(() => expect(page.problem.value?.code).toBe('network'))
  expect(page.data.value).toBeUndefined()
})

it('asks again when the live stream says so', async () => {
  answers({ n: 1 }, { n: 2 })
  const page = load()
  await vi.waitFor(() => expect(page.data.value).toEqual({ n: 1 }))
  emit('state')
  await vi.waitFor(() => expect(page.data.value).toEqual({ n: 2 }))
})
