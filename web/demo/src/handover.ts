// Two screens of one computer cannot see each other: this carries the code that
// the phone shows to the terminal, as the picture a camera would take. The
// pages know nothing of it; the picture goes through the terminal's own
// 选图 door, and only as pixels.

export type Handover = 'done' | 'no_code' | 'no_scan'

const SIDE = 640 // px of the code
const MARGIN = 60 // px of white round it

/** The document in a frame, or in the frame inside it that shows the code. */
function codeIn(frame: HTMLIFrameElement): SVGSVGElement | undefined {
  const svg = frame.contentDocument?.querySelector<SVGSVGElement>('#code')
  return svg?.checkVisibility() && svg.querySelector('path')?.getAttribute('d') ? svg : undefined
}

export async function handOver(phone: HTMLIFrameElement, terminal: HTMLIFrameElement): Promise<Handover> {
  const code = codeIn(phone)
  if (!code) return 'no_code'
  const door = terminal.contentDocument?.querySelector<HTMLInputElement>('[data-testid="picture-input"]')
  if (!door) return 'no_scan'
  const files = new DataTransfer()
  files.items.add(new File([await photographed(code)], 'code.png', { type: 'image/png' }))
  door.files = files.files
  door.dispatchEvent(new Event('change'))
  return 'done'
}

async function photographed(code: SVGSVGElement): Promise<Blob> {
  const copy = code.cloneNode(true) as SVGSVGElement
  copy.setAttribute('xmlns', 'http://www.w3.org/2000/svg')
  copy.setAttribute('width', String(SIDE))
  copy.setAttribute('height', String(SIDE))
  const url = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(copy)], { type: 'image/svg+xml' }))
  try {
    const image = new Image()
    image.src = url
    await image.decode()
    const canvas = new OffscreenCanvas(SIDE + 2 * MARGIN, SIDE + 2 * MARGIN)
    const context = canvas.getContext('2d')!
    context.fillStyle = '#fff'
    context.fillRect(0, 0, canvas.width, canvas.height)
    context.imageSmoothingEnabled = false
    context.drawImage(image, MARGIN, MARGIN, SIDE, SIDE)
    return await canvas.convertToBlob()
  } finally {
    URL.revokeObjectURL(url)
  }
}
