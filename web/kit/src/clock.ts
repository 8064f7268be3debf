// The server's time, kept by this page: the phone's own clock may be wrong.

import { onScopeDispose, ref, type Ref } from 'vue'

/** Server minus phone, in ms, from the last answer that carried serverTime. */
export const clockOffset = ref(0)

export function learnServerTime(serverTime: string | undefined, receivedAt = Date.now()): void {
  const server = serverTime ? Date.parse(serverTime) : NaN
  if (!Number.isNaN(server)) clockOffset.value = server - receivedAt
}

/** Now by the server, ms since 1970. */
export const serverNow = (): number => Date.now() + clockOffset.value

/** Now by the server, renewed every `step` ms while the page lives. */
export function useNow(step = 1000): Ref<number> {
  const now = ref(serverNow())
  const timer = setInterval(() => (now.value = serverNow()), step)
  onScopeDispose(() => clearInterval(timer))
  return now
}
