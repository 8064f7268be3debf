// Keeps this app on the device for a start without a network. A newer version
// is fetched beside the one that runs and takes over at a start or a sign-out:
// never while somebody is at work, whose page would lose its files.

import { watch, type Ref } from 'vue'

const LOOK_EVERY = 3600_000 // ms

export function keepApp(atWork: Ref<boolean>, workers: ServiceWorkerContainer | undefined = navigator.serviceWorker, reload = () => location.reload()): void {
  if (!workers) return
  let controlled = !!workers.controller
  let outdated = false

  void workers.register('/verify/sw.js', { scope: '/verify/' }).then((registration) => {
    const letIn = (): void => {
      if (!atWork.value) registration.waiting?.postMessage('take over')
    }
    letIn()
    watch(atWork, letIn)
    setInterval(() => void registration.update().catch(() => undefined), LOOK_EVERY)
  }, () => undefined) // without it the terminal works as long as there is a network

  // Another window may have let the newer version in while this one is at work.
  const follow = (): void => {
    if (outdated && !atWork.value) reload()
  }
  workers.addEventListener('controllerchange', () => {
    outdated ||= controlled
    controlled = true
    follow()
  })
  watch(atWork, follow)
}
