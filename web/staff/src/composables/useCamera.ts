// The window's camera: open, choose another, take a picture in the shape of a
// licence photo. Nothing leaves the page until the clerk says so.

import { onBeforeUnmount, ref, shallowRef, watch, type Ref } from 'vue'

/** Width over height of the upload: 520 × 756. */
export const SHAPE = 520 / 756

/** The largest part of a picture, around its middle, in the shape of a licence photo. */
export function crop(width: number, height: number): { x: number; y: number; w: number; h: number } {
  const w = Math.min(width, height * SHAPE)
  const h = w / SHAPE
  return { x: Math.round((width - w) / 2), y: Math.round((height - h) / 2), w: Math.round(w), h: Math.round(h) }
}

export function useCamera(video: Ref<HTMLVideoElement | undefined>) {
  const state = ref<'off' | 'opening' | 'on' | 'failed'>('off')
  const cameras = shallowRef<MediaDeviceInfo[]>([])
  const chosen = ref('')
  let stream: MediaStream | undefined

  function stop(): void {
    stream?.getTracks().forEach((track) => track.stop())
    stream = undefined
    state.value = 'off'
  }
  async function start(deviceId = chosen.value): Promise<void> {
    stop()
    state.value = 'opening'
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { deviceId: deviceId || undefined, width: { ideal: 1920 }, height: { ideal: 1440 } } })
      cameras.value = (await navigator.mediaDevices.enumerateDevices()).filter((d) => d.kind === 'videoinput')
      chosen.value = stream.getVideoTracks()[0]?.getSettings().deviceId ?? ''
      state.value = 'on'
    } catch {
      state.value = 'failed' // absent, in use or not allowed: a file can be chosen instead
    }
  }
  watch([video, state], () => {
    if (video.value && stream && video.value.srcObject !== stream) video.value.srcObject = stream
  }, { flush: 'post' })

  async function shoot(): Promise<Blob | null> {
    const from = video.value
    if (!from?.videoWidth) return null
    const part = crop(from.videoWidth, from.videoHeight)
    const canvas = document.createElement('canvas')
    canvas.width = part.w
    canvas.height = part.h
    canvas.getContext('2d')!.drawImage(from, part.x, part.y, part.w, part.h, 0, 0, part.w, part.h)
    return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.93))
  }
  onBeforeUnmount(stop)
  return { state, cameras, chosen, start, stop, shoot }
}
