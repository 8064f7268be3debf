import { beforeEach, expect, it } from 'vitest'
import type { Session } from './api-types'
import type { Meta } from './hashrouter'
import { admit, followable } from './router'
import { deviceEnded, hasKey, session } from './session'

const chrome = 'Mozilla/5.0 (Linux; Android 14) Chrome/140'
const weChat = `${chrome} MicroMessenger/8.0`
const to = (fullPath: string, meta: Meta = {}) => ({ path: fullPath.split('?')[0]!, fullPath, meta, query: {} })
const as = (level: 'none' | 'phone' | 'driver'): void => {
  session.value = level === 'none' ? null : ({ level } as Session)
}

beforeEach(() => {
  localStorage.clear()
  deviceEnded.value = false
  hasKey.value = false
})

it.each([
  ['a stranger on the home page', 'none', to('/'), { path: '/signin', query: { next: undefined } }],
  ['a stranger on a licence page comes back after signing in', 'none', to('/progress/7'), { path: '/signin', query: { next: '/progress/7' } }],
  ['a stranger reads the paper rules', 'none', to('/paper', { needs: 'open' }), true],
  ['a stranger cannot bind', 'none', to('/bind?w=T', { needs: 'phone' }), { path: '/signin', query: { next: '/bind?w=T' } }],
  ['a proved number may bind', 'phone', to('/bind', { needs: 'phone' }), true],
  ['a proved number sees no licence', 'phone', to('/licence'), '/bind'],
  ['a driver sees the licence', 'driver', to('/licence'), true],
] as const)('%s', (_, level, place, verdict) => {
  as(level)
  expect(admit(place, chrome)).toEqual(verdict)
})

it('a phone that was bound before is asked to bind again', () => {
  as('phone')
  localStorage.setItem('edl-bound', '1')
  expect(admit(to('/'), chrome)).toBe('/rebind')
})

it('a phone that is bound has nothing to bind, unless it lost its key', () => {
  const device = to('/device', { needs: 'phone', binds: true })
  as('driver')
  expect(admit(device, chrome)).toBe(true)
  hasKey.value = true
  expect(admit(device, chrome)).toBe('/bound')
  as('phone')
  expect(admit(device, chrome)).toBe(true)
})

it('inside WeChat every page is the one that says how to leave it', () => {
  as('driver')
  expect(admit(to('/licence'), weChat)).toBe('/wechat')
  expect(admit(to('/wechat', { needs: 'open' }), weChat)).toBe(true)
})

it.each([
  ['#/progress/7', { route: '/progress/7' }],
  ['/progress/7', { route: '/progress/7' }],
  ['/driver/#/checks/1', { route: '/checks/1' }],
  ['/driver/code/', { href: '/driver/code/' }],
])('a message’s link %s', (link, target) => expect(followable(link)).toEqual(target))
