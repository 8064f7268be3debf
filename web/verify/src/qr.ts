// A QR code as one SVG path; a library's own SVG would bring inline styles.

import { encode } from 'uqr'

const QUIET = 2 // modules; ISO/IEC 18004 asks for 4, the paper's margin gives the rest

export function qrPath(text: string): { size: number; path: string } {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET })
  let path = ''
  data.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      const from = x
      while (x < size && row[x]) x++
      if (x > from) path += `M${from} ${y}h${x - from}v1h-${x - from}z`
    }
  })
  return { size, path }
}
