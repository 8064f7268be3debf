// What a camera's view looks like, told from its pixels alone: light, wall,
// where the head stands, whether the picture is sharp and still. It advises
// while the phone is held; the server's check of the still is what counts. No
// face is sought here: a person is what differs from a white wall.

/** Pixels in RGBA, row by row. */
export interface View { data: Uint8ClampedArray; width: number; height: number }
/** What is looked at: the framed field made small, and the middle of the face larger. */
export interface Looked { field: View; face: View }

export const FIELD = { width: 130, height: 189 } // px; the shape of 520 × 756
export const FACE = { side: 160, x: 145 / 520, y: 215 / 756, width: 230 / 520 } // px; where it lies in the field, as shares of it

/** One piece of advice, worst first; null: nothing to mend. */
export type Advice = 'dark' | 'bright' | 'wall_dark' | 'wall_colour' | 'wall_uneven' | 'beside' | 'nobody' | 'near' | 'far' | 'left' | 'right' | 'high' | 'low' | 'side_light' | 'moving' | 'blurred'

/** Where the head stands, as shares of the field's width and height. */
export interface Head { top: number; width: number; centre: number }

export interface Measures {
  light: number // mean L* of the middle
  wall: { light: number; chroma: number; sides: number; spread: number; cut: boolean } // L*, chroma, |left − right|, standard deviation of L*; whether something stands before one side of it
  person: number // share of the middle that is not wall
  head: Head | null // null where nobody stands out
  sides: number // L* of the face's left half less its right one
  sharp: number // variance of the Laplacian, as the server measures it
  moved: number // mean change of luminance since the look before, 0 to 255
}

/** The bounds. Those of the wall, the light and the sharpness are the server's failing ones, so that nobody is sent about for less. */
const BOUND = {
  dark: 32, bright: 93, wallLight: 86, wallChroma: 9, wallSides: 8, wallSpread: 9, person: 0.25,
  narrow: 0.26, wide: 0.8, off: 0.09, high: 0.012, low: 0.3, sides: 22, blurred: 12, moved: 9,
}

export function advise(m: Measures): Advice | null {
  if (m.light < BOUND.dark && m.wall.light < 70) return 'dark'
  if (m.light > BOUND.bright && m.wall.light > 97) return 'bright'
  if (m.wall.chroma > BOUND.wallChroma) return 'wall_colour'
  if (m.wall.sides > BOUND.wallSides || m.wall.spread > BOUND.wallSpread) return 'wall_uneven'
  if (m.wall.light < BOUND.wallLight) return 'wall_dark'
  if (!m.head || m.person < BOUND.person) return 'nobody'
  if (m.head.width > BOUND.wide) return 'near'
  if (m.head.width < BOUND.narrow) return 'far'
  if (m.head.centre < 0.5 - BOUND.off) return 'left'
  if (m.head.centre > 0.5 + BOUND.off) return 'right'
  if (m.wall.cut) return 'beside'
  if (m.head.top < BOUND.high) return 'high'
  if (m.head.top > BOUND.low) return 'low'
  if (Math.abs(m.sides) > BOUND.sides) return 'side_light'
  if (m.moved > BOUND.moved) return 'moving'
  if (m.sharp < BOUND.blurred) return 'blurred'
  return null
}

export function measure({ field, face }: Looked, before?: Uint8ClampedArray): Measures {
  const { width: w, height: h } = field
  const lab = labs(field)
  const corner = { y0: 0.02 * h, y1: 0.34 * h }
  const left = mean(lab, w, 0, corner.y0, 0.14 * w, corner.y1)
  const right = mean(lab, w, 0.86 * w, corner.y0, w, corner.y1)
  const sides = [left, right].sort((a, b) => a.spread - b.spread)
  const wall = sides[0]! // the plainer side: somebody may stand before the other
  const cut = wall.spread < BOUND.wallSpread && sides[1]!.spread > BOUND.wallSpread
  const foreground = standsOut(lab, w, h, wall)
  const head = headOf(foreground, w, h)
  const middle = mean(lab, w, 0.3 * w, 0.25 * h, 0.7 * w, 0.6 * h)
  return {
    light: middle.l,
    wall: { light: wall.l, chroma: Math.hypot(wall.a, wall.b), sides: cut ? 0 : Math.abs(left.l - right.l), spread: wall.spread, cut },
    person: share(foreground, w, 0.3 * w, 0.2 * h, 0.7 * w, 0.65 * h),
    head,
    sides: head ? halves(lab, w, h, head) : 0,
    sharp: laplacian(face),
    moved: before && before.length === field.data.length ? change(field.data, before) : 0,
  }
}

type Labs = Float32Array // L*, a*, b* of each pixel

const linear = Float32Array.from({ length: 256 }, (_, v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4))

/** CIE L*a*b* (D65) of every pixel. */
function labs({ data, width, height }: View): Labs {
  const out = new Float32Array(3 * width * height)
  const f = (t: number): number => (t > 0.008856 ? Math.cbrt(t) : 7.787 * t + 16 / 116)
  for (let i = 0; i < width * height; i++) {
    const [r, g, b] = [linear[data[4 * i]!]!, linear[data[4 * i + 1]!]!, linear[data[4 * i + 2]!]!]
    const x = f((0.4124 * r + 0.3576 * g + 0.1805 * b) / 0.9505)
    const y = f(0.2126 * r + 0.7152 * g + 0.0722 * b)
    const z = f((0.0193 * r + 0.1192 * g + 0.9505 * b) / 1.089)
    out[3 * i] = 116 * y - 16
    out[3 * i + 1] = 500 * (x - y)
    out[3 * i + 2] = 200 * (y - z)
  }
  return out
}

function mean(lab: Labs, w: number, x0: number, y0: number, x1: number, y1: number): { l: number; a: number; b: number; spread: number } {
  let [l, a, b, squares, n] = [0, 0, 0, 0, 0]
  for (let y = Math.round(y0); y < Math.round(y1); y++) {
    for (let x = Math.round(x0); x < Math.round(x1); x++, n++) {
      const i = 3 * (y * w + x)
      l += lab[i]!
      a += lab[i + 1]!
      b += lab[i + 2]!
      squares += lab[i]! ** 2
    }
  }
  l /= n
  return { l, a: a / n, b: b / n, spread: Math.sqrt(Math.max(0, squares / n - l * l)) }
}

/** 1 where a pixel is plainly not the wall. */
function standsOut(lab: Labs, w: number, h: number, wall: { l: number; a: number; b: number }): Uint8Array {
  const out = new Uint8Array(w * h)
  for (let i = 0; i < w * h; i++) {
    const dl = Math.abs(lab[3 * i]! - wall.l)
    const dc = Math.hypot(lab[3 * i + 1]! - wall.a, lab[3 * i + 2]! - wall.b)
    out[i] = dl > 14 || dc > 12 ? 1 : 0
  }
  return out
}

function share(mask: Uint8Array, w: number, x0: number, y0: number, x1: number, y1: number): number {
  let [sum, n] = [0, 0]
  for (let y = Math.round(y0); y < Math.round(y1); y++) for (let x = Math.round(x0); x < Math.round(x1); x++, n++) sum += mask[y * w + x]!
  return sum / n
}

/** The head from the first row that is plainly not wall: its middle and width over the part where the eyes are. */
function headOf(mask: Uint8Array, w: number, h: number): Measures['head'] {
  const rows = Array.from({ length: h }, (_, y) => {
    let [n, sum] = [0, 0]
    for (let x = 0; x < w; x++) if (mask[y * w + x]) [n, sum] = [n + 1, sum + x]
    return { n, centre: n ? sum / n : 0 }
  })
  const top = rows.findIndex((row, y) => row.n > 0.1 * w && (rows[y + 2]?.n ?? 0) > 0.1 * w)
  if (top < 0) return null
  const eyes = rows.slice(top + Math.round(0.1 * h), top + Math.round(0.3 * h)).filter((row) => row.n)
  if (!eyes.length) return null
  const by = (of: (row: { n: number; centre: number }) => number): number => eyes.map(of).sort((a, b) => a - b)[eyes.length >> 1]!
  return { top: top / h, width: by((row) => row.n) / w, centre: (by((row) => row.centre) + 0.5) / w }
}

/** How much lighter the left cheek is than the right one, L*. */
function halves(lab: Labs, w: number, h: number, head: { top: number; centre: number; width: number }): number {
  const [y0, y1, half] = [(head.top + 0.26) * h, Math.min((head.top + 0.42) * h, h), 0.3 * head.width * w]
  const x = head.centre * w
  if (y1 - y0 < 2 || half < 2) return 0
  return mean(lab, w, Math.max(0, x - half), y0, x - 0.2 * half, y1).l - mean(lab, w, x + 0.2 * half, y0, Math.min(w, x + half), y1).l
}

const luma = (data: Uint8ClampedArray, i: number): number => 0.2126 * data[4 * i]! + 0.7152 * data[4 * i + 1]! + 0.0722 * data[4 * i + 2]!

function laplacian({ data, width, height }: View): number {
  const light = Float32Array.from({ length: width * height }, (_, i) => luma(data, i))
  let [sum, squares, n] = [0, 0, 0]
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++, n++) {
      const i = y * width + x
      const v = 4 * light[i]! - light[i - 1]! - light[i + 1]! - light[i - width]! - light[i + width]!
      sum += v
      squares += v * v
    }
  }
  return squares / n - (sum / n) ** 2
}

function change(now: Uint8ClampedArray, before: Uint8ClampedArray): number {
  let sum = 0
  for (let i = 0; i < now.length; i += 16) sum += Math.abs(now[i + 1]! - before[i + 1]!)
  return sum / (now.length / 16)
}
