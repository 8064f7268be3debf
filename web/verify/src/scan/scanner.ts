// The scan loop: a frame, a look, a breath, as long as a page wants to scan.
// The camera stays open between two scans so that the next takes no start-up.

import { ref } from 'vue'
import { looksLikeCode } from '../code-time'
import { looksLikeDataCode } from '../offline/datacode'
import { cameraFailure, InsecurePage, openCamera, type Camera, type CameraFailure } from './camera'
import type { Decoder } from './decoder'
import { createSightings } from './sightings'

/** What the words under the frame say. */
export type Hint = 'aim' | 'same' | 'foreign'

const BREATH = 50 // ms between two looks, at least; as long as a look took, at most half the time is spent looking
const HINT_STAYS = 2500 // ms
const THOROUGH_EVERY = 4 // frames

interface Needs {
  decoder: () => Decoder
  onCode: (text: string) => void
  open?: () => Promise<Camera>
  grab?: (video: HTMLVideoElement) => Promise<ImageBitmap | undefined>
  sleep?: (ms: number) => Promise<void>
  now?: () => number
}

export function createScanner({ decoder, onCode, open = openCamera, grab = grabFrame, sleep = pause, now = () => performance.now() }: Needs) {
  const video = document.createElement('video')
  video.muted = video.playsInline = video.autoplay = true
  const state = ref<'off' | 'opening' | 'on'>('off')
  const failure = ref<CameraFailure>()
  const hint = ref<Hint>('aim')
  const looking = ref(false)
  const hasTorch = ref(false)
  const torch = ref(false)
  const sightings = createSightings()
  let camera: Camera | undefined
  let loop = 0 // the running loop's number; another number ends it
  let opening = 0 // likewise for a camera that is still being opened
  let hintUntil = 0

  /** Opens the camera unless it is open, and looks for codes. */
  async function start(): Promise<void> {
    looking.value = true
    sightings.resume(now())
    decoder() // loads while the camera opens
    await turnOn()
    if (camera && looking.value) void run(++loop)
  }

  async function turnOn(): Promise<void> {
    if (state.value !== 'off') return
    const mine = ++opening
    state.value = 'opening'
    failure.value = undefined
    try {
      const opened = await open()
      if (mine !== opening) return opened.close()
      camera = opened
      camera.onLost(() => (turnOff(), (failure.value = 'busy')))
      video.srcObject = camera.stream
      hasTorch.value = camera.hasTorch
      state.value = 'on'
      if (torch.value) await setTorch(true)
    } catch (error) {
      if (mine !== opening) return
      state.value = 'off'
      failure.value = error instanceof InsecurePage ? 'insecure' : cameraFailure(error)
    }
  }

  async function run(mine: number): Promise<void> {
    for (let n = 1; mine === loop && looking.value && camera; n++) {
      const from = now()
      const bitmap = await grab(video)
      if (bitmap && mine === loop) look(await decoder().frame(bitmap, n % THOROUGH_EVERY === 0).catch(() => []), mine)
      await sleep(Math.max(BREATH, now() - from))
    }
  }

  function look(texts: string[], mine: number): void {
    if (mine !== loop || !looking.value) return
    const at = now()
    const code = texts.find(looksLikeCode) ?? texts.find(looksLikeDataCode)
    if (code !== undefined) {
      if (sightings.isNew(code, at)) onCode(code)
      else say('same', at)
    } else if (texts.length) say('foreign', at)
    else if (at > hintUntil) hint.value = 'aim'
  }

  function say(what: Hint, at: number): void {
    hint.value = what
    hintUntil = at + HINT_STAYS
  }

  /** Stops looking; the camera stays open. */
  function rest(): void {
    looking.value = false
    hint.value = 'aim'
    loop++
  }

  /** Closes the camera, so that its lamp goes out. */
  function turnOff(): void {
    rest()
    opening++
    camera?.close()
    camera = undefined
    video.srcObject = null
    state.value = 'off'
    hasTorch.value = false
  }

  async function setTorch(on: boolean): Promise<void> {
    try {
      await camera?.setTorch(on)
      torch.value = on
    } catch {
      hasTorch.value = torch.value = false
    }
  }

  /** Puts the picture into a page. A video outside the page stands still. */
  function show(place: HTMLElement): void {
    place.append(video)
    void video.play().catch(() => undefined) // refused while there is no stream; it starts with one
  }

  return {
    video, state, failure, hint, looking, hasTorch, torch,
    start, rest, turnOff, show,
    toggleTorch: () => setTorch(!torch.value),
    refocus: () => camera?.refocus(),
    picture: (file: Blob) => decoder().picture(file),
  }
}

async function grabFrame(video: HTMLVideoElement): Promise<ImageBitmap | undefined> {
  if (video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA || !video.videoWidth) return undefined
  return createImageBitmap(video).catch(() => undefined)
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

export type Scanner = ReturnType<typeof createScanner>
