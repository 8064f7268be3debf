// The page's end of the decoding worker.

export type Job = { bitmap: ImageBitmap; thorough: boolean } | { file: Blob }
export type Found = { texts: string[] } | { failure: 'too_large' | 'unreadable' }

interface Answer { id: number; found?: Found; error?: string }

export interface Decoder {
  /** The texts of all QR codes in a frame. The bitmap is given away. */
  frame(bitmap: ImageBitmap, thorough: boolean): Promise<string[]>
  picture(file: Blob): Promise<Found>
}

export function createDecoder(): Decoder {
  const worker = new Worker(new URL('./decoder.worker.ts', import.meta.url), { type: 'module' })
  const waiting = new Map<number, { resolve: (found: Found) => void; reject: (error: Error) => void }>()
  let next = 1

  worker.onmessage = ({ data }: MessageEvent<Answer>) => {
    const { resolve, reject } = waiting.get(data.id)!
    waiting.delete(data.id)
    if (data.found) resolve(data.found)
    else reject(new Error(data.error))
  }
  worker.onerror = (event) => {
    for (const { reject } of waiting.values()) reject(new Error(event.message))
    waiting.clear()
  }

  function ask(job: Job, transfer: Transferable[] = []): Promise<Found> {
    return new Promise((resolve, reject) => {
      const id = next++
      waiting.set(id, { resolve, reject })
      worker.postMessage({ id, job }, transfer)
    })
  }

  return {
    async frame(bitmap, thorough) {
      const found = await ask({ bitmap, thorough }, [bitmap])
      return 'texts' in found ? found.texts : []
    },
    picture: (file) => ask({ file }),
  }
}
