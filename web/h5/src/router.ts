// The pages, what each asks of the session, and where its back arrow leads.

import { createRouter, createWebHashHistory, type RouteLocationNormalized, type RouteRecordRaw, type RouteLocationRaw } from 'vue-router'
import { wasBound } from './device'
import HomePage from './pages/HomePage.vue'
import { deviceEnded, hasKey, level } from './session'

declare module 'vue-router' {
  interface RouteMeta {
    /** open: anybody; phone: a proved number; absent: one driver. */
    needs?: 'open' | 'phone'
    /** The tab it belongs to; such pages carry the tab bar. */
    tab?: 'home' | 'licence' | 'messages' | 'me'
    /** Where the back arrow leads when there is no page before. */
    up?: string
  }
}

export const routes: RouteRecordRaw[] = [
  { path: '/', component: HomePage, meta: { tab: 'home' } },
  { path: '/signin', component: () => import('./pages/SignInPage.vue'), meta: { needs: 'open' } },
  { path: '/bind', component: () => import('./pages/BindPage.vue'), meta: { needs: 'phone' } },
  { path: '/rebind', component: () => import('./pages/RebindPage.vue'), meta: { needs: 'phone' } },
  { path: '/device', component: () => import('./pages/DeviceRequestPage.vue'), meta: { needs: 'phone', up: '/rebind' } },
  { path: '/privacy', component: () => import('./pages/PrivacyPage.vue'), meta: { needs: 'open', up: '/' } },
  { path: '/wechat', component: () => import('./pages/WeChatPage.vue'), meta: { needs: 'open' } },
  { path: '/error', component: () => import('./pages/ErrorPage.vue'), meta: { needs: 'open', up: '/' } },
  { path: '/:rest(.*)', component: () => import('./pages/ErrorPage.vue'), meta: { needs: 'open', up: '/' } },
]

/** WeChat's browser lends neither camera nor lasting keys. */
export const inWeChat = (agent: string): boolean => /MicroMessenger/i.test(agent)

/** Where a visitor of this standing must go instead, or true. */
export function admit(to: Pick<RouteLocationNormalized, 'path' | 'fullPath' | 'meta' | 'query'>, agent = navigator.userAgent): RouteLocationRaw | true {
  if (inWeChat(agent) && to.path !== '/wechat') return '/wechat'
  if (to.meta.needs === 'open') return true
  if (to.path === '/bind' && to.query.w) return true // the window's one-time code speaks for itself
  if (level.value === 'none') return { path: '/signin', query: to.path === '/' ? {} : { next: to.fullPath } }
  if (to.meta.needs === 'phone') return true
  if (level.value === 'phone') return deviceEnded.value || wasBound() ? '/rebind' : '/bind'
  return true
}

export const router = createRouter({
  history: createWebHashHistory(),
  routes,
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach((to) => admit(to))

// After an update of the app an old page may ask for a chunk that is gone: the
// page is loaded anew, once.
router.onError((error, to) => {
  if (!/dynamically imported module|Importing a module|preload/i.test(String(error)) || sessionStorage.getItem('edl-reloaded')) throw error
  sessionStorage.setItem('edl-reloaded', '1')
  location.hash = to.fullPath
  location.reload()
})

/** A link the server sends may be a route, a hash, or a page of its own. */
export function followable(link: string): { route?: string; href?: string } {
  const path = link.replace(/^\/driver\/(?!code)/, '/').replace(/^\/?#/, '')
  if (path.startsWith('/driver/code')) return { href: path }
  return { route: path.startsWith('/') ? path : `/${path}` }
}

/** A driver whose phone lost its key is told so before anything else. */
export const mustRebind = (): boolean => level.value === 'driver' && !hasKey.value
