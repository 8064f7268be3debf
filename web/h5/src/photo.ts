// The photo on its way: taken or chosen, kept on this phone, sent once, judged
// by the server, and only then part of an application.

import { Problem } from '@edl/kit/api'
import { serverNow } from '@edl/kit/clock'
import { dayOf } from '@edl/kit/dates'
import { cacheDelete, cacheGet, cachePut } from '@edl/kit/keystore'
import type { Photo } from './api-types'
import { shrunk } from './shrink'
import { upload } from './upload'

export type Purpose = 'apply' | 'change'
export type Source = 'album' | 'camera'

export interface Draft { image: Blob; source: Source; takenOn?: string; sent?: Photo; declared?: string[] }

const KEY = 'draft-photo'

export const keptPhoto = (): Promise<Draft | undefined> => cacheGet<Draft>(KEY).catch(() => undefined)
export const forgetPhoto = (): Promise<void> => cacheDelete(KEY)

/** The largest file the server takes. */
export const MOST = 15 * 1024 * 1024 // bytes

/** Keeps a photo from the album, or says why it cannot be one. */
export async function choosePhoto(file: File): Promise<void> {
  if (file.type && !file.type.startsWith('image/')) throw notAnImage()
  if (file.size > MOST) throw tooLarge()
  const takenOn = file.lastModified ? dayOf(file.lastModified) : undefined
  await cachePut(KEY, { image: await shrunk(file), source: 'album', takenOn } satisfies Draft)
}

export async function takePhoto(image: Blob): Promise<void> {
  await cachePut(KEY, { image, source: 'camera', takenOn: dayOf(serverNow()) } satisfies Draft)
}

/** What the driver declared of the kept photo stays with it until it is handed in. */
export async function keepDeclared(declared: string[]): Promise<void> {
  const draft = await keptPhoto()
  if (draft) await cachePut(KEY, { ...draft, declared: [...declared] } satisfies Draft)
}

/** Sends the kept photo unless it was sent before. `tell` hears the sent share, 0 to 1. */
export async function sendPhoto(draft: Draft, tell: (share: number) => void): Promise<Photo> {
  if (draft.sent) return draft.sent
  const query = new URLSearchParams({ source: draft.source })
  if (draft.takenOn) query.set('takenOn', draft.takenOn)
  const sent = await upload<Photo>(`/api/driver/photos?${query}`, draft.image, tell)
  await cachePut(KEY, { ...draft, sent } satisfies Draft)
  return sent
}

const notAnImage = (): Problem => new Problem(400, 'photo.not_image', {
  zh: '这个文件不是照片。请选 JPEG、PNG、WebP 或 HEIC 格式的照片。',
  en: 'This file is not a photo. Choose one in JPEG, PNG, WebP or HEIC format.',
})
const tooLarge = (): Problem => new Problem(413, 'photo.too_large', {
  zh: '这张照片超过 15 MB。请选小一点的，或用“拍照”重拍一张。',
  en: 'This photo is larger than 15 MB. Choose a smaller one or take a new one.',
})
