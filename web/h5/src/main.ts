import '@edl/kit/base.css'
import './app.css'
import { followSystemTheme } from '@edl/kit/display'
import { applyLanguage } from '@edl/kit/i18n'
import { pressLinksBySpace } from '@edl/kit/keys'
import { language } from '@edl/kit/language'
import { createApp } from 'vue'
import { learnAbout } from './about'
import App from './App.vue'
import { showFailure } from './failure'
import { followable, mustRebind, route, router } from './router'
import { onSessionEnd } from './server'
import { openSession } from './session'

applyLanguage(language.value)
followSystemTheme()
pressLinksBySpace()
onSessionEnd(() => {
  const next = route.fullPath
  void router.replace({ path: '/signin', query: { next: next === '/' ? undefined : next } })
})

async function start(): Promise<void> {
  void learnAbout()
  const app = createApp(App)
  app.config.errorHandler = showFailure
  try {
    await openSession()
  } catch (error) {
    showFailure(error)
  }
  router.missing = showFailure
  await router.start()
  if (mustRebind() && route.path === '/') await router.replace('/rebind')
  app.mount('#app')
  sessionStorage.removeItem('edl-reloaded')
}

void start()

if (import.meta.env.PROD && 'serviceWorker' in navigator) {
  void navigator.serviceWorker.register('/driver/sw.js', { scope: '/driver/' })
  navigator.serviceWorker.addEventListener('message', (event: MessageEvent<{ open?: string }>) => {
    const target = event.data.open && followable(event.data.open)
    if (target && target.route) void router.push(target.route)
  })
}
