// While shown to somebody, the screen stays on.

import { onScopeDispose } from 'vue'

export function useAwake(): void {
  let lock: WakeLockSentinel | undefined
  const hold = async (): Promise<void> => {
    if (document.visibilityState !== 'visible') return
    lock = await navigator.wakeLock?.request('screen').catch(() => undefined)
  }
  void hold()
  document.addEventListener('visibilitychange', hold)
  onScopeDispose(() => {
    document.removeEventListener('visibilitychange', hold)
    void lock?.release()
  })
}
