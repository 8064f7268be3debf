// Text messages of the demonstration as they leave, newest first.

import { ref, shallowRef } from 'vue'
import type { Sms } from './api-types'

const PULSE = 1500 // ms
const SHOWN = 60

type Ask = (path: string) => Promise<{ messages: Sms[] }>

export function createOutbox(ask: Ask) {
  const messages = shallowRef<Sms[]>([])
  const failed = ref(false)
  let after = 0

  async function look(): Promise<void> {
    try {
      const { messages: more } = await ask(`/api/demo/outbox?after=${after}`)
      failed.value = false
      const fresh = more.filter((m) => m.seq > after).sort((a, b) => b.seq - a.seq)
      if (!fresh.length) return
      after = fresh[0]!.seq
      messages.value = [...fresh, ...messages.value].slice(0, SHOWN)
    } catch {
      failed.value = true
    }
  }

  /** Looks again and again while the page can be seen; returns the way to stop. */
  function watch(): () => void {
    let going = true
    void (async () => {
      while (going) {
        if (document.visibilityState === 'visible') await look()
        await new Promise((resolve) => setTimeout(resolve, PULSE))
      }
    })()
    return () => (going = false)
  }

  return { messages, failed, look, watch }
}
