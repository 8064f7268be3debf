// The pages, what each asks of the session, and where its back arrow leads.

import { wasBound } from './device'
import { createHashRouter, linkTo, type Page, type Place, type Target } from './hashrouter'
import ErrorPage from './pages/ErrorPage.vue'
import { deviceEnded, hasKey, level } from './session'

const pages: Page[] = [
  { path: '/', load: () => import('./pages/HomePage.vue'), meta: { tab: 'home' } },
  { path: '/licence', load: () => import('./pages/LicencePage.vue'), meta: { tab: 'licence', up: '/' } },
  { path: '/licence/full', load: () => import('./pages/LicenceFullPage.vue'), meta: { up: '/licence' } },
  { path: '/licence/abroad', load: () => import('./pages/MobilePage.vue'), meta: { up: '/licence' } },
  { path: '/licence/data', load: () => import('./pages/DataCodePage.vue'), meta: { up: '/licence' } },
  { path: '/electronic', load: () => import('./pages/ElectronicPage.vue'), meta: { up: '/' } },
  { path: '/photo/rules', load: () => import('./pages/PhotoRulesPage.vue'), meta: { up: '/electronic' } },
  { path: '/photo/camera', load: () => import('./pages/PhotoCameraPage.vue'), meta: { up: '/electronic' } },
  { path: '/photo/check', load: () => import('./pages/PhotoCheckPage.vue'), meta: { up: '/electronic' } },
  { path: '/photo/confirm', load: () => import('./pages/PhotoConfirmPage.vue'), meta: { up: '/electronic' } },
  { path: '/photo/change', load: () => import('./pages/PhotoChangePage.vue'), meta: { up: '/electronic' } },
  { path: '/progress', load: () => import('./pages/ProgressListPage.vue'), meta: { up: '/' } },
  { path: '/progress/:id', load: () => import('./pages/ProgressPage.vue'), meta: { up: '/progress' } },
  { path: '/messages', load: () => import('./pages/MessagesPage.vue'), meta: { tab: 'messages' } },
  { path: '/checks', load: () => import('./pages/ChecksPage.vue'), meta: { up: '/' } },
  { path: '/checks/:id', load: () => import('./pages/CheckPage.vue'), meta: { up: '/checks' } },
  { path: '/detention/:id', load: () => import('./pages/DetentionPage.vue'), meta: { up: '/licence' } },
  { path: '/consent/:token', load: () => import('./pages/ConsentRequestPage.vue'), meta: { up: '/' } },
  { path: '/paper', load: () => import('./pages/PaperPage.vue'), meta: { needs: 'open', up: '/' } },
  { path: '/feedback', load: () => import('./pages/FeedbackPage.vue'), meta: { needs: 'open', up: '/' } },
  { path: '/me', load: () => import('./pages/MePage.vue'), meta: { tab: 'me' } },
  { path: '/me/consents', load: () => import('./pages/ConsentsPage.vue'), meta: { up: '/me' } },
  { path: '/me/passkeys', load: () => import('./pages/PasskeysPage.vue'), meta: { up: '/me' } },
  { path: '/me/data', load: () => import('./pages/MyDataPage.vue'), meta: { up: '/me' } },
  { path: '/me/end', load: () => import('./pages/EndPage.vue'), meta: { up: '/me' } },
  { path: '/ended', load: () => import('./pages/EndPage.vue'), meta: { needs: 'open' } },
  { path: '/signin', load: () => import('./pages/SignInPage.vue'), meta: { needs: 'open' } },
  { path: '/bind', load: () => import('./pages/BindPage.vue'), meta: { needs: 'phone' } },
  { path: '/rebind', load: () => import('./pages/RebindPage.vue'), meta: { needs: 'phone', binds: true } },
  { path: '/device', load: () => import('./pages/DeviceRequestPage.vue'), meta: { needs: 'phone', binds: true, up: '/rebind' } },
  { path: '/bound', load: () => import('./pages/BoundPage.vue'), meta: { up: '/' } },
  { path: '/privacy', load: () => import('./pages/PrivacyPage.vue'), meta: { needs: 'open', up: '/' } },
  { path: '/wechat', load: () => import('./pages/WeChatPage.vue'), meta: { needs: 'open' } },
  { path: '/error', load: async () => ({ default: ErrorPage }), meta: { needs: 'open', up: '/' } },
  { path: '*', load: async () => ({ default: ErrorPage }), meta: { needs: 'open', up: '/' } },
]

/** WeChat's browser lends neither camera nor lasting keys. */
export const inWeChat = (agent: string): boolean => /MicroMessenger/i.test(agent)

/** Where a visitor of this standing must go instead, or true. */
export function admit(to: Pick<Place, 'path' | 'fullPath' | 'meta' | 'query'>, agent = navigator.userAgent): Target | true {
  if (inWeChat(agent) && to.path !== '/wechat') return '/wechat'
  if (to.meta.needs === 'open') return true
  if (level.value === 'none') return { path: '/signin', query: { next: to.path === '/' ? undefined : to.fullPath } }
  if (to.meta.binds && level.value === 'driver' && hasKey.value) return '/bound'
  if (to.meta.needs === 'phone') return true
  if (level.value === 'phone') return deviceEnded.value || wasBound() ? '/rebind' : '/bind'
  return true
}

/** After an update an old page may ask for a file that is gone: the app is loaded anew, once. */
function failed(error: unknown, to: Place): void {
  if (!navigator.onLine || sessionStorage.getItem('edl-reloaded')) return router.missing(error)
  sessionStorage.setItem('edl-reloaded', '1')
  location.hash = to.fullPath
  location.reload()
}

export const router = Object.assign(createHashRouter(pages, { admit, failed }), {
  /** Set by the app: what to show when a page cannot be loaded at all. */
  missing: (_error: unknown): void => {},
})
export const route = router.route
export const RouterLink = linkTo(() => router)

/** A link the server sends may be a route, a hash, or a page of its own. */
export function followable(link: string): { route?: string; href?: string } {
  if (link.startsWith('/driver/code')) return { href: link }
  const path = link.replace(/^\/driver\/?/, '/').replace(/^\/?#/, '')
  return { route: path.startsWith('/') ? path : `/${path}` }
}

/** A driver whose phone lost its key is told so before anything else. */
export const mustRebind = (): boolean => level.value === 'driver' && !hasKey.value
