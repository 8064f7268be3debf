import { effectScope } from 'vue'
import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import { closeStream, on, openStream } from './live'

class Stream {
  readyState = 1
  heard = new Map<string, (e: { data: string }) => void>()
  onerror = (): void => {}
  onopen = (): void => {}
  close = vi.fn()
  addEventListener(name: string, hear: (e: { data: string }) => void): void {
    this.heard.set(name, hear)
  }
}
let streams: Stream[] = []
const make = (): EventSource => {
  const made = new Stream()
  streams.push(made)
  return made as unknown as EventSource
}

beforeEach(() => {
  streams = []
  vi.useFakeTimers()
})
afterEach(() => {
  closeStream()
  vi.useRealTimers()
})

it('an event reaches its listeners until their page is left', () => {
  const hear = vi.fn()
  const scope = effectScope()
  scope.run(() => on('check', hear))
  openStream(make)
  streams[0]!.heard.get('check')!({ data: '{"party":"青禾租车"}' })
  scope.stop()
  streams[0]!.heard.get('check')!({ data: '{}' })
  expect(hear.mock.calls).toEqual([[{ party: '青禾租车' }]])
})

it('at the first opening and after a gap everybody asks again, but no check is told twice', () => {
  const state = vi.fn()
  const check = vi.fn()
  effectScope().run(() => {
    on('state', state)
    on('check', check)
  })
  openStream(make)
  streams[0]!.onopen()
  expect(state, 'the page loaded before anyone listened').toHaveBeenCalledOnce()
  streams[0]!.onerror()
  streams[0]!.onopen()
  expect(state).toHaveBeenCalledTimes(2)
  expect(check).not.toHaveBeenCalled()
})

it('a stream refused for good is tried anew', () => {
  openStream(make)
  streams[0]!.readyState = 2
  streams[0]!.onerror()
  expect(streams).toHaveLength(1)
  vi.advanceTimersByTime(15_000)
  expect(streams).toHaveLength(2)
})
