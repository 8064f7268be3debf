// Which pages are open to whom: the phase of the session decides. A receipt's
// confirmation is open to everybody and asks nothing of the device.

import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import type { Phase } from './session'
import { session } from './terminal'
import CheckPage from './pages/CheckPage.vue'
import ConfirmPage from './pages/ConfirmPage.vue'
import EnrolPage from './pages/EnrolPage.vue'
import FormPage from './pages/FormPage.vue'
import HistoryPage from './pages/HistoryPage.vue'
import NumberPage from './pages/NumberPage.vue'
import OfflinePage from './pages/OfflinePage.vue'
import PinPage from './pages/PinPage.vue'
import ReceiptPage from './pages/ReceiptPage.vue'
import ResultPage from './pages/ResultPage.vue'
import ScanPage from './pages/ScanPage.vue'
import SignInPage from './pages/SignInPage.vue'

/** The only page of a phase in which nobody is at work. */
const doors: Partial<Record<Phase, string>> = { unenrolled: 'enrol', signed_out: 'sign-in', must_change_pin: 'pin' }

/** What works without a server and a session. */
const alone = ['scan', 'offline']

const routes: RouteRecordRaw[] = [
  { path: '/enrol', name: 'enrol', component: EnrolPage },
  { path: '/sign-in', name: 'sign-in', component: SignInPage },
  { path: '/pin', name: 'pin', component: PinPage },
  { path: '/scan', name: 'scan', component: ScanPage },
  { path: '/form', name: 'form', component: FormPage },
  { path: '/number', name: 'number', component: NumberPage },
  { path: '/result', name: 'result', component: ResultPage },
  { path: '/offline', name: 'offline', component: OfflinePage },
  { path: '/check/:id', name: 'check', component: CheckPage },
  { path: '/check/:id/receipt', name: 'receipt', component: ReceiptPage },
  { path: '/check/:id/detain', name: 'detain', component: () => import('./pages/DetainPage.vue') },
  { path: '/remote', name: 'remote', component: () => import('./pages/RemotePage.vue') },
  { path: '/standing', name: 'standing', component: () => import('./pages/StandingPage.vue') },
  { path: '/followed', name: 'followed', component: () => import('./pages/FollowPage.vue') },
  { path: '/bulk', name: 'bulk', component: () => import('./pages/BulkPage.vue') },
  { path: '/file', name: 'file', component: () => import('./pages/FilePage.vue') },
  { path: '/history', name: 'history', component: HistoryPage },
  { path: '/receipt/:number', name: 'confirm', component: ConfirmPage, meta: { open: true } },
  { path: '/:rest(.*)*', redirect: { name: 'scan' } },
]

export const router = createRouter({ history: createWebHashHistory(), routes })

/** Where somebody bound for `name` is let in. */
export function admit(phase: Phase, name: string): string {
  const door = doors[phase]
  if (door) return door
  if (phase === 'alone') return alone.includes(name) ? name : 'scan'
  return Object.values(doors).includes(name) ? 'scan' : name
}

router.beforeEach(async (to) => {
  if (to.meta.open) return true
  await session.start()
  const name = admit(session.phase.value, String(to.name))
  return name === to.name || { name, replace: true }
})
