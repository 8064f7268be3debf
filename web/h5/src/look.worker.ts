// Looks at one frame after another, away from the page's own thread.

import { advise, measure, type Looked } from './look'

let before: Uint8ClampedArray | undefined

self.onmessage = ({ data }: MessageEvent<Looked>) => {
  const began = performance.now()
  const measured = measure(data, before)
  before = data.field.data
  self.postMessage({ advice: advise(measured), head: measured.head, took: performance.now() - began })
}
