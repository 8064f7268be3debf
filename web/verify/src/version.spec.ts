import { describe, expect, it, vi } from 'vitest'
import { nextTick, ref } from 'vue'
import { keepApp } from './version'

/** A browser whose newer version waits, or not. */
function browser({ controlled, waits }: { controlled: boolean; waits: boolean }) {
  const waiting = { postMessage: vi.fn() }
  const heard: (() => void)[] = []
  const workers = {
    controller: controlled ? {} : null,
    register: vi.fn(async () => ({ waiting: waits ? waiting : null, update: async () => undefined })),
    addEventListener: (_: string, hear: () => void) => void heard.push(hear),
  }
  return { workers: workers as unknown as ServiceWorkerContainer, told: waiting.postMessage, changes: () => heard.forEach((hear) => hear()), register: workers.register }
}

describe('a newer version of the terminal', () => {
  it('is kept for the terminal’s folder alone', () => {
    const { workers, register } = browser({ controlled: false, waits: false })
    keepApp(ref(false), workers, vi.fn())
    expect(register).toHaveBeenCalledWith('/verify/sw.js', { scope: '/verify/' })
  })

  it('takes over at a start at which nobody is at work', async () => {
    const { workers, told } = browser({ controlled: true, waits: true })
    keepApp(ref(false), workers, vi.fn())
    await vi.waitFor(() => expect(told).toHaveBeenCalledWith('take over'))
  })

  it('waits while somebody is at work, and takes over when they sign out', async () => {
    const { workers, told } = browser({ controlled: true, waits: true })
    const atWork = ref(true)
    keepApp(atWork, workers, vi.fn())
    await new Promise((resolve) => setTimeout(resolve))
    expect(told).not.toHaveBeenCalled()
    atWork.value = false
    await nextTick()
    expect(told).toHaveBeenCalledOnce()
  })

  it('let in by another window, reloads this one after the work, and never at the first visit', async () => {
    const { workers, changes } = browser({ controlled: true, waits: false })
    const atWork = ref(true), reload = vi.fn()
    keepApp(atWork, workers, reload)
    changes()
    expect(reload).not.toHaveBeenCalled()
    atWork.value = false
    await nextTick()
    expect(reload).toHaveBeenCalledOnce()

    const first = browser({ controlled: false, waits: false }), again = vi.fn()
    keepApp(ref(false), first.workers, again)
    first.changes()
    expect(again).not.toHaveBeenCalled()
  })
})
