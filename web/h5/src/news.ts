// What the live stream says, told wherever the driver is: somebody checked the
// licence, an application moved on, a message came.

import { clock } from '@edl/kit/dates'
import { say, useMessages } from '@edl/kit/language'
import { fill } from '@edl/kit/i18n'
import { toast } from '@edl/kit/toast'
import { ref } from 'vue'
import type { CheckEvent, Message } from './api-types'
import { on, unread } from './live'
import { ask } from './server'
import { level } from './session'
import { refreshShow } from './show'
import { router } from './router'

/** The last check with a reason that only the driver may read. */
export const refusedCheck = ref<CheckEvent | null>(null)

export async function countUnread(): Promise<void> {
  if (level.value !== 'driver') return
  const answer = await ask<{ messages: Message[]; unread: number }>('/api/driver/messages').catch(() => undefined)
  if (answer) unread.value = answer.unread
}

export function useLiveNews(): void {
    const m = useMessages(
    { checked: '已由{party}核验 {time}', look: '查看', news: '有新消息' },
    { checked: 'Checked by {party} at {time}', look: 'Open', news: 'New message' },
  )
  on<CheckEvent>('check', (check) => {
    if (!check) return
    const words = fill(m.value.checked, { party: check.party, time: clock(check.at) })
    if (check.reason) refusedCheck.value = check
    toast(check.reason ? `${words}，${say(check.word)}` : words, check.outcome === 'usable' ? 'ok' : check.outcome === 'not_usable' ? 'stop' : 'unknown',
      { label: m.value.look, run: () => void router.push(check.reason ? '/licence' : '/checks') }, 12_000)
  })
  on<{ title?: Message['title'] }>('message', (message) => {
    void countUnread()
    if (message) toast(message.title ? say(message.title) : m.value.news, 'ok', { label: m.value.look, run: () => void router.push('/messages') })
  })
  on('state', () => void refreshShow())
}
