// @vitest-environment node
// The largest code, read back from a picture as a camera makes it of a screen.
// @ts-expect-error the pages know no types of the machine that tests them
import { readFileSync } from 'node:fs'
// @ts-expect-error likewise
import { createRequire } from 'node:module'
import { encode } from 'uqr'
import { beforeAll, describe, expect, it } from 'vitest'
import { prepareZXingModule, readBarcodes } from 'zxing-wasm/reader'
import published from '../../../../livecode/testdata/vectors.json'

const text = (name: string): string => published.codes.find((c) => c.name === name)!.text

interface Picture { width: number; height: number; grey: Float32Array }

/** The code on a screen seen at an angle, out of focus, in poor light. */
function photograph(code: string, { module = 4, tilt = 0.08, blur = 1, noise = 18 } = {}): Picture {
  const { data, size } = encode(code, { ecc: 'M', border: 4 })
  const side = size * module
  const margin = Math.round(side * 0.1)
  const width = side + 2 * margin
  let grey = new Float32Array(width * width).fill(70)
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      // The far edge is shorter, and all is turned a little.
      const [u, v] = [(x - width / 2) / side, (y - width / 2) / side]
      const scale = 1 + tilt * v
      const [a, b] = [u * scale + 0.03 * v, v * (1 + tilt * 0.4) - 0.03 * u]
      const [col, row] = [Math.floor((a + 0.5) * size), Math.floor((b + 0.5) * size)]
      if (col < 0 || row < 0 || col >= size || row >= size) continue
      const light = 190 + 40 * u - 30 * v // brighter at one side
      grey[y * width + x] = data[row]![col]! ? 35 + 15 * u : light
    }
  }
  for (let n = 0; n < blur; n++) grey = soften(grey, width)
  let seed = 7
  for (let i = 0; i < grey.length; i++) {
    seed = (seed * 1103515245 + 12345) % 2147483648
    grey[i] = Math.max(0, Math.min(255, grey[i]! + (seed / 2147483648 - 0.5) * 2 * noise))
  }
  return { width, height: width, grey }
}

/** Mixes each point with its neighbours. */
function soften(grey: Float32Array, width: number): Float32Array<ArrayBuffer> {
  const out = new Float32Array(grey.length)
  for (let i = 0; i < grey.length; i++) {
    let sum = 0
    for (const step of [-width - 1, -width, -width + 1, -1, 0, 1, width - 1, width, width + 1]) sum += grey[i + step] ?? grey[i]!
    out[i] = sum / 9
  }
  return out
}

async function read({ width, height, grey }: Picture): Promise<string[]> {
  const data = new Uint8ClampedArray(width * height * 4)
  grey.forEach((v, i) => data.set([v, v, v, 255], i * 4))
  const found = await readBarcodes({ width, height, data, colorSpace: 'srgb' } as unknown as ImageData, { formats: ['QRCode'], textMode: 'Plain', tryHarder: true })
  return found.filter((r) => r.isValid).map((r) => r.text)
}

beforeAll(() => {
  const wasm: Uint8Array<ArrayBuffer> = readFileSync(createRequire(import.meta.url).resolve('zxing-wasm/reader/zxing_reader.wasm'))
  const wasmBinary = wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength)
  void prepareZXingModule({ overrides: { wasmBinary } })
})

describe('read back from a picture with perspective, blur and noise', () => {
  it.each([
    ['self-contained, qualification', 26],
    ['self-contained, full', 28],
    ['self-contained, full, the longest name and ten classes', 30],
  ])('%s, a QR of version %i at most', async (name, version) => {
    expect(encode(text(name), { ecc: 'M', border: 0 }).size).toBeLessThanOrEqual(17 + 4 * version)
    expect(await read(photograph(text(name)))).toEqual([text(name)])
  })

  it('is not read where the picture is too bad, so the test can tell', async () => {
    expect(await read(photograph(text('self-contained, full'), { module: 2, blur: 4, noise: 90 }))).toEqual([])
  })
})
