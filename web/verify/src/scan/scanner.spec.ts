import { describe, expect, it, vi } from 'vitest'
import type { Camera } from './camera'
import { createScanner } from './scanner'

/** A scanner whose camera shows the given texts, one frame after another. */
function rig(frames: string[][] = [], camera: Partial<Camera> = {}) {
  let time = 0
  const codes: string[] = []
  const thorough: boolean[] = []
  let lost: () => void = () => undefined
  const opened: Camera = { stream: new MediaStream(), hasTorch: false, setTorch: async () => undefined, refocus: async () => undefined, onLost: (then) => (lost = then), close: vi.fn(), ...camera }
  let idle: () => void = () => undefined
  const dry = new Promise<void>((resolve) => (idle = resolve))
  const open = vi.fn(async () => opened)
  const scanner = createScanner({
    decoder: () => ({
      frame: async (_, t) => (thorough.push(t), frames.shift() ?? []),
      picture: async () => ({ texts: [] }),
    }),
    onCode: (text) => codes.push(text),
    open,
    grab: async () => ({}) as ImageBitmap,
    now: () => time,
    sleep: async (ms) => {
      time += ms
      if (!frames.length) (idle(), await new Promise(() => undefined)) // the film is over
    },
  })
  return { scanner, codes, thorough, opened, open, dry, lose: () => lost() }
}

const A = 'EDL1:AAA 1'
const B = 'EDL1:BBB'

describe('the scan loop', () => {
  it('asks once about a code that stays in front of the camera', async () => {
    const { scanner, codes, dry } = rig([[], [A], [A], [A], [], [A]])
    await scanner.start()
    await dry
    expect(codes).toEqual([A])
    expect(scanner.hint.value).toBe('same')
  })

  it('asks at once about the next code, and leaves blanks in it alone', async () => {
    const { scanner, codes, dry } = rig([[A], [B]])
    await scanner.start()
    await dry
    expect(codes).toEqual([A, B])
  })

  it('says so where another code is in sight, and neither opens nor sends it', async () => {
    const { scanner, codes, dry } = rig([['https://example.org/'], ['x'.repeat(50_000)], ['EDL1:' + 'A'.repeat(3000)]])
    await scanner.start()
    await dry
    expect([codes, scanner.hint.value]).toEqual([[], 'foreign'])
  })

  it('finds ours beside another', async () => {
    const { scanner, codes, dry } = rig([['https://example.org/', A]])
    await scanner.start()
    await dry
    expect(codes).toEqual([A])
  })

  it('looks harder at every fourth frame', async () => {
    const { scanner, thorough, dry } = rig([[], [], [], [], []])
    await scanner.start()
    await dry
    expect(thorough).toEqual([false, false, false, true, false])
  })

  it('ignores what a frame shows after it was told to rest', async () => {
    const { scanner, codes } = rig()
    let give: (texts: string[]) => void = () => undefined
    const slow = createScanner({
      decoder: () => ({ frame: () => new Promise((resolve) => (give = resolve)), picture: async () => ({ texts: [] }) }),
      onCode: (text) => codes.push(text), open: async () => rig().opened, grab: async () => ({}) as ImageBitmap, sleep: () => new Promise(() => undefined),
    })
    await slow.start()
    await vi.waitFor(() => expect(give).not.toBe(undefined))
    slow.rest()
    give([A])
    await Promise.resolve()
    expect(codes).toEqual([])
    expect(scanner.state.value).toBe('off')
  })

  it('keeps the camera open between two scans, and closes it when told', async () => {
    const { scanner, open, opened } = rig([[]])
    await scanner.start()
    scanner.rest()
    await scanner.start()
    expect(open).toHaveBeenCalledTimes(1)
    scanner.turnOff()
    expect(opened.close).toHaveBeenCalledTimes(1)
    expect(scanner.state.value).toBe('off')
  })

  it('closes a camera that opens after it was no longer wanted', async () => {
    const { scanner, opened } = rig()
    const starting = scanner.start()
    scanner.turnOff()
    await starting
    expect(opened.close).toHaveBeenCalledTimes(1)
    expect(scanner.state.value).toBe('off')
  })

  it('says that the camera was taken away', async () => {
    const { scanner, lose } = rig([[]])
    await scanner.start()
    lose()
    expect([scanner.state.value, scanner.failure.value]).toEqual(['off', 'busy'])
  })

  it.each([
    ['NotAllowedError', 'denied'], ['SecurityError', 'denied'], ['NotFoundError', 'missing'], ['OverconstrainedError', 'missing'],
    ['NotReadableError', 'busy'], ['AbortError', 'busy'], ['InsecurePage', 'insecure'],
  ])('answers %s as %s', async (name, failure) => {
    const { InsecurePage } = await import('./camera')
    const error = name === 'InsecurePage' ? new InsecurePage() : new DOMException('', name)
    const { scanner, open } = rig()
    open.mockRejectedValueOnce(error)
    await scanner.start()
    expect([scanner.state.value, scanner.failure.value]).toEqual(['off', failure])
    await scanner.start() // 重试
    expect(scanner.failure.value).toBeUndefined()
  })

  it('keeps the torch as it was when the camera opens again', async () => {
    const setTorch = vi.fn(async () => undefined)
    const { scanner } = rig([[]], { hasTorch: true, setTorch })
    await scanner.start()
    await scanner.toggleTorch()
    scanner.turnOff()
    await scanner.start()
    expect(setTorch.mock.calls).toEqual([[true], [true]])
    expect([scanner.hasTorch.value, scanner.torch.value]).toEqual([true, true])
  })
})
