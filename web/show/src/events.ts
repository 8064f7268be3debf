// The server's live stream: a check of this licence is told within a second.

import type { Text } from '@edl/kit/i18n'

export interface Check {
  party: string
  at: string
  outcome: 'usable' | 'not_usable' | 'no_verdict'
  word: Text
  reason?: Text // which the driver alone is told
  data?: boolean // 数据码 was read: the code on the screen is not spent
}

let stream: EventSource | undefined

export function listen(checked: (check: Check) => void, changed: () => void): void {
  if (stream && stream.readyState !== EventSource.CLOSED) return
  stream = new EventSource('/api/driver/events')
  stream.addEventListener('check', (event) => checked(JSON.parse((event as MessageEvent<string>).data) as Check))
  for (const name of ['state', 'device']) stream.addEventListener(name, changed)
}

export function hangUp(): void {
  stream?.close()
  stream = undefined
}
