// The rear camera: opening it, why it would not open, its torch and focus.

export type CameraFailure = 'denied' | 'missing' | 'busy' | 'insecure'

/** The reason in words of ours; the browsers' names are in Media Capture 10.2. */
export function cameraFailure(error: unknown): CameraFailure {
  switch (error instanceof Error ? error.name : '') {
    case 'NotAllowedError':
    case 'SecurityError':
      return 'denied'
    case 'NotFoundError':
    case 'OverconstrainedError':
      return 'missing'
    default: // NotReadableError, AbortError: another program holds it
      return 'busy'
  }
}

/** Capabilities that cameras of phones have and the type library does not know. */
interface Lens extends MediaTrackCapabilities { torch?: boolean; focusMode?: string[] }

const advanced = (track: MediaStreamTrack, constraint: Record<string, unknown>): Promise<void> =>
  track.applyConstraints({ advanced: [constraint as MediaTrackConstraintSet] })

export interface Camera {
  stream: MediaStream
  hasTorch: boolean
  setTorch(on: boolean): Promise<void>
  refocus(): Promise<void>
  /** Calls back when the camera is taken away: unplugged, or by the system. */
  onLost(then: () => void): void
  close(): void
}

export async function openCamera(): Promise<Camera> {
  if (!navigator.mediaDevices?.getUserMedia) throw new InsecurePage()
  const stream = await navigator.mediaDevices.getUserMedia({
    audio: false,
    video: { facingMode: { ideal: 'environment' }, width: { ideal: 1280 }, height: { ideal: 720 } },
  })
  const track = stream.getVideoTracks()[0]!
  const can = (track.getCapabilities?.() ?? {}) as Lens
  const focus = async (): Promise<void> => {
    if (can.focusMode?.includes('continuous')) await advanced(track, { focusMode: 'continuous' }).catch(() => undefined)
  }
  await focus()
  return {
    stream,
    hasTorch: can.torch === true,
    setTorch: (on) => advanced(track, { torch: on }),
    refocus: focus,
    onLost: (then) => track.addEventListener('ended', then),
    close: () => stream.getTracks().forEach((t) => t.stop()),
  }
}

/** Browsers give cameras to HTTPS and localhost alone. */
export class InsecurePage extends Error {
  override name = 'InsecurePage'
}
