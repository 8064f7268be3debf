// A file as it is uploaded: a large photo made small on the phone, anything
// else as it is. What it truly is, the server decides by its bytes.

const COMFORTABLE = 3 << 20 // bytes
const LONGEST = 2400 // px: a licence's small print can be read

export async function prepared(file: File): Promise<Blob> {
  if (!file.type.startsWith('image/') || file.size <= COMFORTABLE) return file
  try {
    const bitmap = await createImageBitmap(file)
    const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height))
    const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale))
    canvas.getContext('2d')!.drawImage(bitmap, 0, 0, canvas.width, canvas.height)
    return await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.9 })
  } catch {
    return file // the browser cannot open it: the server says what is wrong
  }
}
