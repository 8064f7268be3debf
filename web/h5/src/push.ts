// Web Push where it exists: the server's key, the browser's subscription.

import { fromBase64url } from '@edl/kit/bytes'
import { ref } from 'vue'
import { about } from './about'
import { ask } from './server'

export const pushes = ref(false)

export const pushExists = (): boolean => 'PushManager' in window && 'serviceWorker' in navigator && 'Notification' in window && !!about.value?.pushKey

const registration = (): Promise<ServiceWorkerRegistration> => navigator.serviceWorker.ready

export async function lookPush(): Promise<void> {
  if (!pushExists() || !(await navigator.serviceWorker.getRegistration('/driver/'))) return
  pushes.value = (await (await registration()).pushManager.getSubscription()) !== null
}

/** True when the driver allowed it and the browser can. */
export async function turnPushOn(): Promise<boolean> {
  if ((await Notification.requestPermission()) !== 'granted') return false
  const subscription = await (await registration()).pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: fromBase64url(about.value!.pushKey!) }).catch(() => null)
  if (!subscription) return false // no push service in reach
  const { endpoint, keys } = subscription.toJSON()
  await ask('/api/driver/push', { body: { endpoint, keys } })
  pushes.value = true
  return true
}

export async function turnPushOff(): Promise<void> {
  await ask('/api/driver/push', { method: 'DELETE' })
  await (await (await registration()).pushManager.getSubscription())?.unsubscribe()
  pushes.value = false
}
