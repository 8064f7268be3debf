import { effectScope, ref } from 'vue'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { mirrored, useGuidance, useSteady, words, type Looker } from './guidance'
import { advise, FACE, FIELD, measure, type Advice, type View } from './look'

type Colour = [number, number, number]
const WHITE: Colour = [246, 246, 246]

function view(width: number, height: number, at: (x: number, y: number) => Colour): View {
  const data = new Uint8ClampedArray(4 * width * height)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set([...at(x / width, y / height), 255], 4 * (y * width + x))
  return { data, width, height }
}

/** Somebody before a wall: an oval head with a pattern sharp enough, on dark shoulders. */
function scene({ wall = () => WHITE, at = 0.5, size = 1, top = 0.06, light = 1, sharp = true, side = 0 }: Partial<{ wall: (x: number, y: number) => Colour; at: number; size: number; top: number; light: number; sharp: boolean; side: number }> = {}) {
  const head = (x: number, y: number) => ((x - at) / (0.29 * size)) ** 2 + ((y - top - 0.3 * size) / (0.3 * size)) ** 2 < 1
  const body = (x: number, y: number) => y > top + 0.62 * size && Math.abs(x - at) < 0.45 * size
  const lit = (c: Colour, x = 0): Colour => c.map((v) => v * light * (1 - side * (x - at + 0.3))) as Colour
  const pixel = (x: number, y: number): Colour => (head(x, y) ? lit([205, 160, 135], x) : body(x, y) ? lit([50, 60, 80]) : (wall(x, y).map((v) => v * light) as Colour))
  const texture = (x: number, y: number): Colour => (sharp && Math.floor((x + y) * 40) % 2 ? [120, 100, 90] : [205, 160, 135])
  return { field: view(FIELD.width, FIELD.height, pixel), face: view(FACE.side, FACE.side, texture) }
}

describe('what is said of a view', () => {
  it.each<[string, Parameters<typeof scene>[0], Advice | null]>([
    ['as it should be, nothing', {}, null],
    ['far too dark', { light: 0.2 }, 'dark'],
    ['a blue wall', { wall: () => [70, 130, 200] }, 'wall_colour'],
    ['a grey wall', { wall: () => [180, 180, 180] }, 'wall_dark'],
    ['a shadow on one side', { wall: (x) => [246 - 70 * x, 246 - 70 * x, 246 - 70 * x] }, 'wall_uneven'],
    ['a chequered wall', { wall: (x, y) => ((Math.floor(x * 20) + Math.floor(y * 28)) % 2 ? WHITE : [160, 160, 160]) }, 'wall_uneven'],
    ['something beside the person', { wall: (x, y) => (x > 0.88 && y > 0.1 && y < 0.3 ? [90, 60, 50] : WHITE) }, 'beside'],
    ['nobody', { at: 5 }, 'nobody'],
    ['far away', { size: 0.4, top: 0.2 }, 'far'],
    ['to the left', { at: 0.33 }, 'left'],
    ['to the right', { at: 0.67 }, 'right'],
    ['too high', { top: -0.05 }, 'high'],
    ['too low', { top: 0.36 }, 'low'],
    ['lit from one side', { side: 1.8 }, 'side_light'],
    ['blurred', { sharp: false }, 'blurred'],
  ])('%s', (_, what, advice) => expect(advise(measure(scene(what)))).toBe(advice))

  it('a phone that moves is to be held still', () => {
    const before = scene({ at: 0.44 }).field.data
    expect(advise(measure(scene(), before))).toBe('moving')
    expect(advise(measure(scene(), scene().field.data))).toBe(null)
  })
})

it('every word is there in both languages', () => {
  for (const text of Object.values(words)) expect(text.zh && text.en).toBeTruthy()
})
it('in a mirrored view left is right', () => expect([mirrored('left'), mirrored('right'), mirrored('dark')]).toEqual(['right', 'left', 'dark']))

describe('one thing at a time', () => {
  it('a word is shown when two looks agree, and spoken when the one before has been heard', () => {
    let now = 0
    const steady = useSteady(() => now)
    const hear = (word: Parameters<typeof steady.hear>[0], at: number) => {
      now = at
      steady.hear(word)
      return [steady.shown.value, steady.spoken.value]
    }
    expect(hear('dark', 0)).toEqual(['dark', 'dark'])
    expect(hear('far', 300)).toEqual(['dark', 'dark'])
    expect(hear('dark', 600)).toEqual(['dark', 'dark'])
    expect(hear('far', 900)).toEqual(['dark', 'dark'])
    expect(hear('far', 1200)).toEqual(['far', 'dark'])
    expect(hear('far', 2600)).toEqual(['far', 'far'])
  })
})

describe('looking', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())
  const video = ref({ videoWidth: 100 } as HTMLVideoElement)
  const frame = () => scene()

  it('goes on while the camera is open and ends with it; a slow phone is asked less often', async () => {
    const stop = vi.fn()
    const look = vi.fn<Looker['look']>(async () => ({ advice: 'dark', head: { top: 0.1, width: 0.5, centre: 0.5 }, took: 400 }))
    const on = ref(true)
    const scope = effectScope()
    const guidance = scope.run(() => useGuidance(video, on, () => ({ look, stop }), frame))!
    await vi.advanceTimersByTimeAsync(0)
    expect(guidance.shown.value).toBe('dark')
    expect(guidance.head.value).toEqual({ top: 0.1, width: 0.5, centre: 0.5 })
    await vi.advanceTimersByTimeAsync(1999)
    expect(look).toHaveBeenCalledTimes(1)
    await vi.advanceTimersByTimeAsync(2)
    expect(look).toHaveBeenCalledTimes(2)
    on.value = false
    await vi.advanceTimersByTimeAsync(9000)
    expect([look.mock.calls.length, stop.mock.calls.length, guidance.shown.value, guidance.head.value]).toEqual([2, 1, null, null])
    scope.stop()
  })

  it('without workers there is no guidance and no error', () => {
    const guidance = effectScope().run(() => useGuidance(video, ref(true), () => { throw new Error('no workers') }, frame))!
    expect(guidance.shown.value).toBe(null)
  })
})
