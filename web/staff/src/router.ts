// Addresses of the console, after the hash: the server sees none of them.

import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import { DOORS, firstDoor, may, type DoorName } from './doors'
import { session } from './session'

const page = (name: DoorName, component: RouteRecordRaw['component'], rest = ''): RouteRecordRaw => {
  const door = DOORS.find((d) => d.name === name)!
  return { path: door.path + rest, component, props: true, meta: { door: name } } as RouteRecordRaw
}

export const router = createRouter({
  history: createWebHashHistory('/staff/'),
  routes: [
    { path: '/', component: () => import('./pages/NotHere.vue') }, // the guard leads on to the first door
    { path: '/sign-in', component: () => import('./pages/SignIn.vue'), meta: { open: true } },
    { path: '/invite', component: () => import('./pages/InvitePage.vue'), meta: { open: true } },
    { path: '/me', component: () => import('./pages/MePage.vue') },
    page('review', () => import('./pages/ReviewPage.vue')),
    page('window', () => import('./pages/WindowOpen.vue')),
    page('window', () => import('./pages/WindowPage.vue'), '/:id'),
    page('register', () => import('./pages/RegisterPage.vue')),
    page('register', () => import('./pages/RecordPage.vue'), '/:id'),
    page('corrections', () => import('./pages/CorrectionsPage.vue')),
    page('pending', () => import('./pages/PendingPage.vue')),
    page('detentions', () => import('./pages/DetentionsPage.vue')),
    page('imports', () => import('./pages/ImportsPage.vue')),
    page('feedback', () => import('./pages/FeedbackPage.vue')),
    page('stats', () => import('./pages/StatsPage.vue')),
    page('parties', () => import('./pages/PartiesPage.vue')),
    page('parties', () => import('./pages/AdmissionsPage.vue'), '/applications'),
    page('parties', () => import('./pages/AdmissionPage.vue'), '/applications/:id'),
    page('parties', () => import('./pages/PartyPage.vue'), '/:id'),
    page('scenarios', () => import('./pages/ScenariosPage.vue')),
    page('peers', () => import('./pages/PeersPage.vue')),
    page('calendar', () => import('./pages/CalendarPage.vue')),
    page('settings', () => import('./pages/SettingsPage.vue')),
    page('accounts', () => import('./pages/AccountsPage.vue')),
    page('delays', () => import('./pages/DelaysPage.vue')),
    page('audit', () => import('./pages/AuditPage.vue')),
    { path: '/:rest(.*)*', component: () => import('./pages/NotHere.vue') },
  ],
})

/** Where a sign-in leads: back to where it was asked for, within the console. */
export const backOf = (at: { query: { back?: unknown } }): string => {
  const { back } = at.query
  return typeof back === 'string' && /^\/(?!\/|sign-in)/.test(back) ? back : '/'
}

router.beforeEach((to) => {
  if (to.path === '/sign-in' && session.value) return { path: backOf(to), replace: true }
  if (to.meta.open) return true
  if (!session.value) return { path: '/sign-in', query: to.path === '/' ? {} : { back: to.fullPath } }
  if (to.path === '/') return { path: firstDoor.value, replace: true }
  const door = DOORS.find((d) => d.name === to.meta.door)
  return !door || may(door.operation) ? true : { path: '/not-here' }
})
