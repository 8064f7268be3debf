// What the live stream says, told wherever the driver is: somebody checked the
// licence, an application moved on, a message came.

import { clock } from '@edl/kit/dates'
import { say, useMessages } from '@edl/kit/language'
import { fill } from '@edl/kit/i18n'
import { toast } from '@edl/kit/toast'
import { ref, shallowRef, watch } from 'vue'
import type { CheckEvent, DeviceRequest, Message } from './api-types'
import { outcomeMark } from './checks'
import { on, unread } from './live'
import { ask } from './server'
import { hasKey, level } from './session'
import { refreshShow } from './show'
import { router } from './router'

/** A check that ended badly, with the reason that only the driver may read. */
export const refusedCheck = ref<CheckEvent | null>(null)

/** Other phones that ask to be let in. */
export const deviceRequests = shallowRef<DeviceRequest[]>([])

async function lookForRequests(): Promise<void> {
  if (level.value !== 'driver' || !hasKey.value) return
  const answer = await ask<{ requests: DeviceRequest[] }>('/api/driver/devices').catch(() => undefined)
  if (answer) deviceRequests.value = answer.requests
}

/** Counts what is unread and returns the newest message that is. */
async function newest(): Promise<Message | undefined> {
  if (level.value !== 'driver') return undefined
  const answer = await ask<{ messages: Message[]; unread: number }>('/api/driver/messages').catch(() => undefined)
  if (answer) unread.value = answer.unread
  return answer?.messages.find((message) => !message.readAt)
}

export function useLiveNews(): void {
  const m = useMessages(
    { checked: '已由{party}核验 {time}', read: '数据码已由{party}读取 {time}', look: '查看' },
    { checked: 'Checked by {party} at {time}', read: 'Data code read by {party} at {time}', look: 'Open' },
  )
  on<CheckEvent>('check', (check) => {
    if (!check) return
    if (check.reason) return void (refusedCheck.value = check)
    toast(fill(check.data ? m.value.read : m.value.checked, { party: check.party, time: clock(check.at) }), outcomeMark[check.outcome], { label: m.value.look, run: () => void router.push('/checks') }, 12_000)
  })
  let told = '' // the message told last
  on('message', async (data) => {
    const message = await newest()
    if (data === undefined || !message || message.id === told) return // after a gap the badge is enough
    told = message.id
    if (message.kind !== 'check') toast(say(message.title), null, { label: m.value.look, run: () => void router.push('/messages') })
  })
  on('state', () => void refreshShow())
  on('device', () => void lookForRequests())
  watch([level, hasKey], () => void lookForRequests(), { immediate: true })
}
