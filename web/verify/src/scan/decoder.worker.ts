// Finds QR codes in camera frames and pictures, off the page's own thread.

import { prepareZXingModule, readBarcodes, type ReaderOptions } from 'zxing-wasm/reader'
import wasm from 'zxing-wasm/reader/zxing_reader.wasm?url'
import { pictureSize } from './picture-size'
import type { Job, Found } from './decoder'

// From our own origin, and at once: it is ready before the first code is in sight.
void prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true })

const QUICK: ReaderOptions = {
  formats: ['QRCode'], textMode: 'Plain', maxNumberOfSymbols: 4,
  tryHarder: false, tryRotate: false, tryInvert: false, tryDownscale: true,
}
const THOROUGH: ReaderOptions = { ...QUICK, tryHarder: true, tryRotate: true, tryInvert: true }

/** Decoding more takes more memory than a terminal has to spare. */
const MAX_PIXELS = 50_000_000
/** Long sides at which a picture is tried, px. */
const SIDES = [1400, 700, 2800]

const canvas = new OffscreenCanvas(1, 1)
const context = canvas.getContext('2d', { willReadFrequently: true })!

function pixels(bitmap: ImageBitmap, side = Infinity): ImageData {
  const scale = Math.min(1, side / Math.max(bitmap.width, bitmap.height))
  canvas.width = Math.max(1, Math.round(bitmap.width * scale))
  canvas.height = Math.max(1, Math.round(bitmap.height * scale))
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
  return context.getImageData(0, 0, canvas.width, canvas.height)
}

async function read(image: ImageData, options: ReaderOptions): Promise<string[]> {
  return (await readBarcodes(image, options)).filter((r) => r.isValid).map((r) => r.text)
}

async function frame(bitmap: ImageBitmap, thorough: boolean): Promise<Found> {
  try {
    return { texts: await read(pixels(bitmap), thorough ? THOROUGH : QUICK) }
  } finally {
    bitmap.close()
  }
}

async function picture(file: Blob): Promise<Found> {
  const size = pictureSize(new Uint8Array(await file.slice(0, 1 << 18).arrayBuffer()))
  if (size && size.width * size.height > MAX_PIXELS) return { failure: 'too_large' }
  const bitmap = await createImageBitmap(file).catch(() => undefined)
  if (!bitmap) return { failure: 'unreadable' }
  try {
    for (const side of SIDES) {
      const texts = await read(pixels(bitmap, side), THOROUGH)
      if (texts.length) return { texts }
    }
    return { texts: [] }
  } finally {
    bitmap.close()
  }
}

onmessage = async ({ data }: MessageEvent<{ id: number; job: Job }>) => {
  const { id, job } = data
  try {
    postMessage({ id, found: 'bitmap' in job ? await frame(job.bitmap, job.thorough) : await picture(job.file) })
  } catch (error) {
    postMessage({ id, error: String(error) })
  }
}
