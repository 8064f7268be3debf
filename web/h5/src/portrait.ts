// The portrait, kept on this phone so that the licence shows without a network.

import { shallowRef } from 'vue'
import { cacheGet, cachePut } from '@edl/kit/keystore'

interface Kept { url: string; image: Blob }

export const portrait = shallowRef('')
let shown = ''

/** Shows the image of url: the kept one at once, else from the server. */
export async function showPortrait(url: string | null | undefined): Promise<void> {
  if (!url) return set('', '')
  if (url === shown) return
  const kept = await cacheGet<Kept>('portrait').catch(() => undefined)
  if (kept?.url === url) return set(url, URL.createObjectURL(kept.image))
  try {
    const response = await fetch(url, { credentials: 'same-origin' })
    if (!response.ok) return
    const image = await response.blob()
    await cachePut('portrait', { url, image } satisfies Kept)
    set(url, URL.createObjectURL(image))
  } catch {
    if (kept) set(url, URL.createObjectURL(kept.image))
  }
}

function set(url: string, shownAs: string): void {
  if (portrait.value) URL.revokeObjectURL(portrait.value)
  shown = url
  portrait.value = shownAs
}
