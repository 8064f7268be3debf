import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { addressOf, createHashRouter, type HashRouter, type Page, type Place, type Target } from './hashrouter'

const page = (path: string, meta?: Page['meta']): Page => ({ path, load: async () => ({ default: { name: path } }), meta })
const pages = [page('/'), page('/progress', { up: '/' }), page('/progress/:id', { up: '/progress' }), page('*')]
let admit: (to: Place) => Target | true
let router: HashRouter
const failed = vi.fn()

beforeEach(async () => {
  history.replaceState(null, '', '#/')
  admit = () => true
  failed.mockClear()
  router = createHashRouter(pages, { admit: (to) => admit(to), failed })
  await router.start()
})
afterEach(() => router.stop())

describe('addresses', () => {
  it('name a page, its params and its query', async () => {
    await router.push('/progress/a%201?new=1')
    expect({ ...router.route, component: undefined }).toEqual({ path: '/progress/a%201', fullPath: '/progress/a%201?new=1', query: { new: '1' }, params: { id: 'a 1' }, meta: { up: '/progress' }, component: undefined })
    expect(location.hash).toBe('#/progress/a%201?new=1')
  })

  it('that nobody knows go to the last page of the table', async () => {
    await router.push('/a/b/c')
    expect(router.route.component).toEqual({ name: '*' })
  })

  it('leave out what is empty', () => {
    expect(addressOf({ path: '/signin', query: { next: undefined } })).toBe('/signin')
    expect(addressOf({ path: '/signin', query: { next: '/checks?x=1' } })).toBe('/signin?next=%2Fchecks%3Fx%3D1')
  })
})

it('the guard sends a visitor elsewhere', async () => {
  admit = (to) => (to.path === '/progress' ? '/' : true)
  await router.push('/progress')
  expect(router.route.path).toBe('/')
})

it('a page that is slow to load does not replace one asked for later', async () => {
  let arrive = (_: unknown): void => {}
  const slow: Page = { path: '/slow', load: () => new Promise((resolve) => (arrive = resolve as never)) }
  router.stop()
  router = createHashRouter([slow, ...pages], { admit: () => true, failed })
  await router.start()
  const first = router.push('/slow')
  await router.push('/progress')
  arrive({ default: { name: 'slow' } })
  await first
  expect(router.route.path).toBe('/progress')
})

it('a page that cannot be loaded is reported, and the old one stays', async () => {
  router.stop()
  router = createHashRouter([{ path: '/gone', load: () => Promise.reject(new Error('404')) }, ...pages], { admit: () => true, failed })
  await router.start()
  await router.push('/gone')
  expect(failed).toHaveBeenCalledOnce()
  expect(router.route.path).toBe('/')
})

it('back goes up where the page was opened directly', async () => {
  history.replaceState(null, '', '#/progress/7')
  router.stop()
  router = createHashRouter(pages, { admit: () => true, failed })
  await router.start()
  router.back()
  await vi.waitFor(() => expect(router.route.path).toBe('/progress'))
})

it('a held page cannot be left until it is let go', async () => {
  await router.push('/progress')
  let held = true
  router.holdWhile(() => held)
  await router.push('/')
  expect(router.route.path).toBe('/progress')
  held = false
  await router.push('/')
  expect(router.route.path).toBe('/')
})
