// The size that a picture's header promises, so that one of 60,000 × 60,000 is
// refused before anything is decoded. PNG, GIF, WebP and JPEG; of others the
// browser is the judge.

export interface Size { width: number; height: number }

export function pictureSize(bytes: Uint8Array): Size | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  try {
    if (view.getUint32(0) === 0x89504e47) return { width: view.getUint32(16), height: view.getUint32(20) }
    if (view.getUint32(0) === 0x47494638) return { width: view.getUint16(6, true), height: view.getUint16(8, true) }
    if (view.getUint32(0) === 0x52494646 && view.getUint32(8) === 0x57454250) return webp(view)
    if (view.getUint16(0) === 0xffd8) return jpeg(view)
  } catch {
    // the header ends early: no size
  }
  return undefined
}

/** RFC 9649, 2.5 to 2.7: three kinds of first chunk. */
function webp(view: DataView): Size | undefined {
  const uint24 = (at: number): number => view.getUint16(at, true) | (view.getUint8(at + 2) << 16)
  switch (view.getUint32(12)) {
    case 0x56503858: // VP8X
      return { width: uint24(24) + 1, height: uint24(27) + 1 }
    case 0x56503820: // VP8
      return { width: view.getUint16(26, true) & 0x3fff, height: view.getUint16(28, true) & 0x3fff }
    case 0x5650384c: { // VP8L
      const bits = view.getUint32(21, true)
      return { width: (bits & 0x3fff) + 1, height: ((bits >> 14) & 0x3fff) + 1 }
    }
  }
  return undefined
}

/** ITU-T T.81, B.2.2: the frame header, after whatever segments come first. */
function jpeg(view: DataView): Size | undefined {
  let at = 2
  while (at < view.byteLength) {
    const marker = view.getUint16(at)
    const frame = marker >= 0xffc0 && marker <= 0xffcf && ![0xffc4, 0xffc8, 0xffcc].includes(marker)
    if (frame) return { width: view.getUint16(at + 7), height: view.getUint16(at + 5) }
    at += 2 + view.getUint16(at + 2)
  }
  return undefined
}
