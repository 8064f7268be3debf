// The live stream: what happens at the server reaches the open page without a
// reload. After a gap everything that listens is asked again.

import { onScopeDispose, getCurrentScope, ref } from 'vue'

export type LiveEvent = 'message' | 'check' | 'state' | 'application' | 'device' | 'consent'

const EVENTS: LiveEvent[] = ['message', 'check', 'state', 'application', 'device', 'consent']
const listeners = new Map<LiveEvent, Set<(data: unknown) => void>>(EVENTS.map((e) => [e, new Set()]))

export const unread = ref(0)

/** Calls back at each event until the surrounding scope ends; without data after a gap. */
export function on<T>(event: LiveEvent, hear: (data: T | undefined) => void): void {
  const set = listeners.get(event)!
  set.add(hear as (data: unknown) => void)
  if (getCurrentScope()) onScopeDispose(() => set.delete(hear as (data: unknown) => void))
}

/** Tells the listeners; without data it means: ask again, something may have been missed. */
export function emit(event: LiveEvent, data?: unknown): void {
  for (const hear of [...listeners.get(event)!]) hear(data)
}

let stream: EventSource | null = null
let interrupted = false
let retry: ReturnType<typeof setTimeout> | undefined
const REOPEN = 15_000 // ms
const CLOSED = 2 // EventSource.CLOSED

export function openStream(make: (url: string) => EventSource = (url) => new EventSource(url)): void {
  if (stream) return
  stream = make('/api/driver/events')
  for (const event of EVENTS) stream.addEventListener(event, (e) => emit(event, parsed((e as MessageEvent).data)))
  stream.onerror = () => {
    interrupted = true
    if (stream?.readyState === CLOSED) reopen(make)
  }
  stream.onopen = () => {
    // The first time, what the page shows was asked for before anyone listened.
    if (interrupted) catchUp()
    else emit('state')
    interrupted = false
  }
}

export function closeStream(): void {
  clearTimeout(retry)
  stream?.close()
  stream = null
}

/** The server refused the stream for good: perhaps the session is over, which the pages find out. */
function reopen(make: (url: string) => EventSource): void {
  closeStream()
  emit('state')
  retry = setTimeout(() => openStream(make), REOPEN)
}

/** After a gap: every listener asks again. */
export function catchUp(): void {
  for (const event of EVENTS) if (event !== 'check') emit(event)
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
