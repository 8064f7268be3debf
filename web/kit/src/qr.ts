// A code's text as one path of an SVG, its quiet zone included.

import { encode } from 'uqr'

const QUIET = 4 // modules, as ISO/IEC 18004 asks

export interface Drawing { size: number; path: string }

export function drawing(text: string): Drawing {
  const { data, size } = encode(text, { ecc: 'M', border: QUIET })
  let path = ''
  data.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      if (!row[x]) continue
      const from = x
      while (row[x + 1]) x++
      path += `M${from} ${y}h${x - from + 1}v1H${from}z`
    }
  })
  return { size, path }
}
