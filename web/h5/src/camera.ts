// The phone's camera for one photo. Rear by default, since somebody else holds
// the phone; why it does not open is told apart, because each has its own way out.

import { onScopeDispose, ref, shallowRef, type Ref } from 'vue'

export type Facing = 'environment' | 'user'
/** denied: the driver or the system said no. missing: there is none. busy: another app has it. insecure: the page is not served safely. */
export type CameraTrouble = 'denied' | 'missing' | 'busy' | 'insecure'

export function troubleOf(error: unknown): CameraTrouble {
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied'
    case 'NotFoundError':
    case 'OverconstrainedError':
    case 'DevicesNotFoundError':
      return 'missing'
    default: // NotReadableError, AbortError, TrackStartError
      return 'busy'
  }
}

/** Width over height of a licence photo, as it is asked for on upload (520 × 756). */
export const RATIO = 520 / 756

/** The largest field of the licence photo's shape in the middle of a frame. */
export function crop(width: number, height: number, ratio = RATIO): { x: number; y: number; width: number; height: number } {
  const wide = width / height > ratio
  const w = wide ? Math.round(height * ratio) : width
  const h = wide ? height : Math.round(width / ratio)
  return { x: Math.round((width - w) / 2), y: Math.round((height - h) / 2), width: w, height: h }
}

type Open = (constraints: MediaStreamConstraints) => Promise<MediaStream>
const openMedia: Open = (constraints) => {
  if (!navigator.mediaDevices) return Promise.reject(new DOMException('', 'InsecureContext'))
  return navigator.mediaDevices.getUserMedia(constraints)
}

export function useCamera(open: Open = openMedia) {
  const stream = shallowRef<MediaStream>()
  const trouble = ref<CameraTrouble | null>(null)
  const opening = ref(false)
  const facing = ref<Facing>('environment')
  let turn = 0

  async function start(wanted: Facing = facing.value): Promise<void> {
    const mine = ++turn
    stop()
    facing.value = wanted
    trouble.value = null
    opening.value = true
    try {
      const opened = await open({ audio: false, video: { facingMode: { ideal: wanted }, width: { ideal: 1920 }, height: { ideal: 1440 } } })
      if (mine !== turn) return halt(opened)
      stream.value = opened
    } catch (error) {
      if (mine !== turn) return
      trouble.value = error instanceof DOMException && error.name === 'InsecureContext' ? 'insecure' : troubleOf(error)
    } finally {
      if (mine === turn) opening.value = false
    }
  }
  function stop(): void {
    if (stream.value) halt(stream.value)
    stream.value = undefined
  }
  onScopeDispose(() => {
    turn++
    stop()
  })
  return { stream, trouble, opening, facing, start, stop }
}

const halt = (stream: MediaStream): void => stream.getTracks().forEach((track) => track.stop())

/** The cropped frame as JPEG. */
export async function snap(video: HTMLVideoElement): Promise<Blob> {
  const field = crop(video.videoWidth, video.videoHeight)
  const canvas = document.createElement('canvas')
  canvas.width = field.width
  canvas.height = field.height
  canvas.getContext('2d')!.drawImage(video, field.x, field.y, field.width, field.height, 0, 0, field.width, field.height)
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error('no frame'))), 'image/jpeg', 0.92))
}

/** Seconds before the shutter, counted down aloud on the page. */
export function useShutter(fire: () => void): { left: Ref<number>; press: (seconds: number) => void; cancel: () => void } {
  const left = ref(0)
  let timer: ReturnType<typeof setInterval> | undefined
  function cancel(): void {
    clearInterval(timer)
    left.value = 0
  }
  function press(seconds: number): void {
    if (left.value) return cancel()
    if (!seconds) return fire()
    left.value = seconds
    timer = setInterval(() => {
      left.value--
      if (left.value > 0) return
      cancel()
      fire()
    }, 1000)
  }
  onScopeDispose(cancel)
  return { left, press, cancel }
}
