// Live guidance while the camera is held: one thing at a time, shown when two
// looks agree, spoken to screen readers no faster than it can be listened to.

import type { Text } from '@edl/kit/i18n'
import { onScopeDispose, ref, watch, type Ref } from 'vue'
import { crop } from './camera'
import { FACE, FIELD, type Advice, type Head, type Looked } from './look'

export type Word = Advice | 'good'

export const words: Record<Word, Text> = {
  dark: { zh: '太暗了，请开灯，或面向窗户', en: 'Too dark: switch a light on or face the window' },
  bright: { zh: '太亮了，请避开强光', en: 'Too bright: turn away from strong light' },
  wall_dark: { zh: '背景不够白，请把墙照亮一些', en: 'The wall is not white enough: light it' },
  wall_colour: { zh: '背景不是白色，请换一面白墙', en: 'The background is not white: find a white wall' },
  wall_uneven: { zh: '墙上有阴影或图案，请换个位置', en: 'A shadow or a pattern on the wall: move elsewhere' },
  beside: { zh: '旁边有别的东西，画面里只留一个人', en: 'Something stands beside: keep to one person' },
  nobody: { zh: '请坐到虚线里', en: 'Sit inside the outline' },
  near: { zh: '太近了，请退后一点', en: 'Too near: move back a little' },
  far: { zh: '太远了，请靠近一点', en: 'Too far: come closer' },
  left: { zh: '人偏左了，请移到虚线正中', en: 'Too far left: move to the middle' },
  right: { zh: '人偏右了，请移到虚线正中', en: 'Too far right: move to the middle' },
  high: { zh: '头顶快出画面了，请把手机抬高一点', en: 'The head is nearly cut off: hold the phone higher' },
  low: { zh: '人太低了，请把手机放低一点', en: 'Too low: hold the phone lower' },
  side_light: { zh: '脸上一边亮一边暗，请面向光线', en: 'One side of the face is darker: face the light' },
  moving: { zh: '请拿稳手机', en: 'Hold the phone still' },
  blurred: { zh: '有些模糊，请拿稳手机、擦净镜头', en: 'Blurred: hold still and wipe the lens' },
  good: { zh: '很好，可以拍了', en: 'Good: take it now' },
}

/** In a mirrored view left is right. */
export const mirrored = (word: Word): Word => (word === 'left' ? 'right' : word === 'right' ? 'left' : word)

/** Advice about where the head stands; with it the page draws where it was seen. */
export const aboutPlace: readonly (Word | null)[] = ['near', 'far', 'left', 'right', 'high', 'low']

const LISTEN = 2500 // ms between two spoken sentences

/** Lets a word through when two looks in a row agree, and speaks it when the one before has been heard. */
export function useSteady(clock: () => number = () => performance.now()) {
  const shown = ref<Word | null>(null)
  const spoken = ref<Word | null>(null)
  let last: Word | null = null
  let spokenAt = -Infinity
  function hear(word: Word): void {
    if (word === last || shown.value === null) shown.value = word
    last = word
    if (shown.value !== spoken.value && clock() - spokenAt >= LISTEN) [spoken.value, spokenAt] = [shown.value, clock()]
  }
  function forget(): void {
    shown.value = spoken.value = last = null
  }
  return { shown, spoken, hear, forget }
}

/** What looks at the frames: a worker, or a stand-in. */
export interface Looker { look: (frame: Looked) => Promise<{ advice: Advice | null; head: Head | null; took: number }>; stop: () => void }

export function workerLooker(): Looker {
  const worker = new Worker(new URL('./look.worker.ts', import.meta.url), { type: 'module' })
  return {
    look: (frame) => new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data)
      worker.onerror = reject
      worker.postMessage(frame, [frame.face.data.buffer])
    }),
    stop: () => worker.terminate(),
  }
}

const canvases = new Map<string, CanvasRenderingContext2D>()
function draw(video: HTMLVideoElement, from: { x: number; y: number; width: number; height: number }, width: number, height: number) {
  const key = `${width}×${height}`
  let context = canvases.get(key)
  if (!context) {
    context = Object.assign(document.createElement('canvas'), { width, height }).getContext('2d', { willReadFrequently: true })!
    context.imageSmoothingQuality = 'high'
    canvases.set(key, context)
  }
  context.drawImage(video, from.x, from.y, from.width, from.height, 0, 0, width, height)
  return { data: context.getImageData(0, 0, width, height).data, width, height }
}

/** The framed field and the middle of the face, as they are looked at. */
export function frameOf(video: HTMLVideoElement): Looked {
  const field = crop(video.videoWidth, video.videoHeight)
  const side = FACE.width * field.width
  const face = { x: field.x + FACE.x * field.width, y: field.y + FACE.y * field.height, width: side, height: side }
  return { field: draw(video, field, FIELD.width, FIELD.height), face: draw(video, face, FACE.side, FACE.side) }
}

const OFTEN = 250 // ms between two looks; a slow phone takes longer, so that looking never fills its time

/** Looks at the video while `on`; without workers there is no guidance, and the server's check still stands. */
export function useGuidance(video: Ref<HTMLVideoElement | undefined>, on: Ref<boolean>, make: () => Looker = workerLooker, frame = frameOf) {
  const steady = useSteady()
  const head = ref<Head | null>(null)
  let looker: Looker | undefined
  let timer: ReturnType<typeof setTimeout> | undefined
  let round = 0
  function end(): void {
    round++
    clearTimeout(timer)
    looker?.stop()
    looker = undefined
    head.value = null
    steady.forget()
  }
  async function look(mine: number): Promise<void> {
    let wait = OFTEN
    try {
      if (video.value?.videoWidth && !document.hidden) {
        const { advice, head: seen, took } = await looker!.look(frame(video.value))
        if (mine !== round) return
        head.value = seen
        steady.hear(advice ?? 'good')
        wait = Math.max(OFTEN, 5 * took)
      }
    } catch {
      return end() // nothing to look with
    }
    if (mine === round) timer = setTimeout(() => void look(mine), wait)
  }
  watch(on, (now) => {
    end()
    if (!now) return
    try {
      looker = make()
    } catch {
      return // no workers here
    }
    void look(round)
  }, { immediate: true })
  onScopeDispose(end)
  return { shown: steady.shown, spoken: steady.spoken, head }
}
