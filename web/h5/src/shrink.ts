// A photo from the album as it is sent: at most 2000 px, as the server would
// make it anyway, so that a phone on a slow network sends a tenth. What the
// camera wrote of day and program goes along, as the server judges by it; all
// else that the file says, such as the place, stays on the phone.

export const MOST_SIDE = 2000 // px
const QUALITY = 0.92

/** What of a JPEG's EXIF goes along. */
export interface Origin { taken?: string; software?: string }

const TAKEN = 0x9003 // DateTimeOriginal
const CHANGED = 0x0132 // DateTime
const SOFTWARE = 0x0131
const EXIF = 0x8769

/** Reads day and program of a JPEG; a file that says nothing, or nonsense, has none. */
export function originOf(file: Uint8Array): Origin {
  try {
    const tiff = tiffOf(file)
    if (!tiff) return {}
    const first = entriesOf(tiff, tiff.getUint32(4, little(tiff)))
    const exif = first.get(EXIF)
    const more = exif ? entriesOf(tiff, tiff.getUint32(exif + 8, little(tiff))) : new Map<number, number>()
    const taken = text(tiff, more.get(TAKEN)) ?? text(tiff, first.get(CHANGED))
    const software = text(tiff, first.get(SOFTWARE))
    return { ...(taken && { taken }), ...(software && { software }) }
  } catch {
    return {} // cut short
  }
}

const little = (tiff: DataView): boolean => tiff.getUint16(0) === 0x4949

/** The TIFF structure within a JPEG's first EXIF segment. */
function tiffOf(file: Uint8Array): DataView | undefined {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (view.getUint16(0) !== 0xffd8) return undefined
  for (let at = 2; view.getUint8(at) === 0xff && view.getUint8(at + 1) !== 0xda;) {
    const size = view.getUint16(at + 2)
    if (view.getUint8(at + 1) === 0xe1 && view.getUint32(at + 4) === 0x45786966) return new DataView(view.buffer, view.byteOffset + at + 10, size - 8)
    at += 2 + size
  }
  return undefined
}

/** Where each tag's entry stands in a directory. */
function entriesOf(tiff: DataView, at: number): Map<number, number> {
  const found = new Map<number, number>()
  const n = Math.min(tiff.getUint16(at, little(tiff)), 200)
  for (let i = 0; i < n; i++) found.set(tiff.getUint16(at + 2 + 12 * i, little(tiff)), at + 2 + 12 * i)
  return found
}

function text(tiff: DataView, entry: number | undefined): string | undefined {
  if (entry === undefined || tiff.getUint16(entry + 2, little(tiff)) !== 2) return undefined
  const size = Math.min(tiff.getUint32(entry + 4, little(tiff)), 64)
  const at = size <= 4 ? entry + 8 : tiff.getUint32(entry + 8, little(tiff))
  let out = ''
  for (let i = 0; i < size && tiff.getUint8(at + i); i++) out += String.fromCharCode(tiff.getUint8(at + i))
  return out.trim() || undefined
}

/** The JPEG with an EXIF segment that says where it is from, and no more. */
export function withOrigin(jpeg: Uint8Array, { taken, software }: Origin): Uint8Array<ArrayBuffer> {
  const ascii = (s: string): number[] => [...s.slice(0, 63)].map((c) => c.charCodeAt(0) & 0x7f).concat(0)
  const [program, day] = [software ? ascii(software) : [], taken ? ascii(taken) : []]
  if (!program.length && !day.length) return new Uint8Array(jpeg)
  const u16 = (v: number): number[] => [v >> 8, v & 255]
  const u32 = (v: number): number[] => [...u16(v >>> 16), ...u16(v & 0xffff)]
  const entries = [program.length ? SOFTWARE : 0, day.length ? EXIF : 0].filter(Boolean)
  const after = 8 + 2 + 12 * entries.length + 4 // where what the entries point at begins
  const programs = program.length ? [...program, ...Array<number>(Math.max(0, 5 - program.length)).fill(0)] : [] // five bytes at least: four would stand in the entry itself
  const exifAt = after + programs.length
  const directory = entries.flatMap((tag) => (tag === SOFTWARE ? [...u16(tag), ...u16(2), ...u32(programs.length), ...u32(after)] : [...u16(tag), ...u16(4), ...u32(1), ...u32(exifAt)]))
  const days = day.length ? [...u16(1), ...u16(TAKEN), ...u16(2), ...u32(day.length), ...u32(exifAt + 18), ...u32(0), ...day] : []
  const tiff = [0x4d, 0x4d, 0, 42, ...u32(8), ...u16(entries.length), ...directory, ...u32(0), ...programs, ...days]
  const segment = [0xff, 0xe1, ...u16(tiff.length + 8), 0x45, 0x78, 0x69, 0x66, 0, 0, ...tiff]
  const out = new Uint8Array(jpeg.length + segment.length)
  out.set(jpeg.subarray(0, 2))
  out.set(segment, 2)
  out.set(jpeg.subarray(2), 2 + segment.length)
  return out
}

/** The photo of at most 2000 px, or the file itself where it is small already or the browser cannot open it. */
export async function shrunk(file: Blob): Promise<Blob> {
  if (!('createImageBitmap' in globalThis)) return file
  const picture = await createImageBitmap(file, { imageOrientation: 'from-image' }).catch(() => undefined)
  if (!picture) return file
  const share = MOST_SIDE / Math.max(picture.width, picture.height)
  if (share >= 1) return file
  const canvas = Object.assign(document.createElement('canvas'), { width: Math.round(picture.width * share), height: Math.round(picture.height * share) })
  const pen = canvas.getContext('2d')!
  pen.imageSmoothingQuality = 'high'
  pen.fillStyle = '#fff'
  pen.fillRect(0, 0, canvas.width, canvas.height)
  pen.drawImage(picture, 0, 0, canvas.width, canvas.height)
  picture.close()
  const small = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY))
  if (!small || small.size >= file.size) return file
  const origin = originOf(new Uint8Array(await file.arrayBuffer()))
  return new Blob([withOrigin(new Uint8Array(await small.arrayBuffer()), origin)], { type: 'image/jpeg' })
}
