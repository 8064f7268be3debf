import { effectScope } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { crop, troubleOf, useCamera, useShutter } from './camera'

const stream = () => {
  const stop = vi.fn()
  return { stop, it: { getTracks: () => [{ stop }] } as unknown as MediaStream }
}
const named = (name: string) => Object.assign(new Error(name), { name })

describe('the camera', () => {
  it('is the rear one unless the front one is wished for', async () => {
    const open = vi.fn(async (_: MediaStreamConstraints) => stream().it)
    const camera = effectScope().run(() => useCamera(open))!
    await camera.start()
    await camera.start('user')
    expect(open.mock.calls.map(([c]) => (c.video as MediaTrackConstraints).facingMode)).toEqual([{ ideal: 'environment' }, { ideal: 'user' }])
  })

  it.each([
    ['NotAllowedError', 'denied'], ['NotFoundError', 'missing'], ['OverconstrainedError', 'missing'], ['NotReadableError', 'busy'],
  ])('%s is told as %s', async (name, trouble) => {
    const camera = effectScope().run(() => useCamera(() => Promise.reject(named(name))))!
    await camera.start()
    expect(camera.trouble.value).toBe(trouble)
    expect(troubleOf(named(name))).toBe(trouble)
  })

  it('goes dark when the page is left, even while it was still opening', async () => {
    const late = stream()
    let arrive = (_: MediaStream): void => {}
    const scope = effectScope()
    const camera = scope.run(() => useCamera(() => new Promise((resolve) => (arrive = resolve))))!
    const starting = camera.start()
    scope.stop()
    arrive(late.it)
    await starting
    expect(late.stop).toHaveBeenCalled()
    expect(camera.stream.value).toBeUndefined()
  })
})

it.each([
  ['a landscape frame loses its sides', [1920, 1080], { x: 589, y: 0, width: 743, height: 1080 }],
  ['a tall frame loses top and bottom', [1080, 1920], { x: 0, y: 175, width: 1080, height: 1570 }],
])('%s', (_, [w, h], field) => expect(crop(w!, h!)).toEqual(field))

describe('the shutter', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  it('counts down and fires once', () => {
    const fire = vi.fn()
    const shutter = effectScope().run(() => useShutter(fire))!
    shutter.press(3)
    expect(shutter.left.value).toBe(3)
    vi.advanceTimersByTime(2000)
    expect([shutter.left.value, fire.mock.calls.length]).toEqual([1, 0])
    vi.advanceTimersByTime(5000)
    expect([shutter.left.value, fire.mock.calls.length]).toEqual([0, 1])
  })

  it('a second press stops the count', () => {
    const fire = vi.fn()
    const shutter = effectScope().run(() => useShutter(fire))!
    shutter.press(3)
    shutter.press(3)
    vi.advanceTimersByTime(5000)
    expect(fire).not.toHaveBeenCalled()
  })
})
