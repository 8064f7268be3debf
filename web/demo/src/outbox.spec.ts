import { expect, it } from 'vitest'
import type { Sms } from './api-types'
import { createOutbox } from './outbox'

const sms = (seq: number): Sms => ({ seq, to: '13000000001', at: '2026-10-09T10:00:00+08:00', kind: 'code', text: `${seq}` })

it('asks only for what is new, shows it first, and goes on after a failure', async () => {
  const asked: string[] = []
  const replies: (Sms[] | Error)[] = [[sms(1), sms(2)], new Error('gone'), [], [sms(2), sms(3)]]
  const outbox = createOutbox(async (path) => {
    asked.push(path)
    const reply = replies.shift()!
    if (reply instanceof Error) throw reply
    return { messages: reply }
  })
  await outbox.look()
  await outbox.look()
  expect(outbox.failed.value).toBe(true)
  await outbox.look()
  expect(outbox.failed.value).toBe(false)
  await outbox.look()
  expect(outbox.messages.value.map((m) => m.seq)).toEqual([3, 2, 1])
  expect(asked).toEqual(['after=0', 'after=2', 'after=2', 'after=2'].map((q) => `/api/demo/outbox?${q}`))
})
