// Who runs this service; asked once, remembered for the time without a network.

import { call } from '@edl/kit/api'
import { learnServerTime } from '@edl/kit/clock'
import { shallowRef } from 'vue'
import type { About } from './api-types'
import { cacheGet, cachePut } from '@edl/kit/keystore'

export const about = shallowRef<About | null>(null)

let told: About | null = null // by the server on this visit; about may be of an earlier one

export async function learnAbout(): Promise<void> {
  about.value ??= (await cacheGet<About>('about').catch(() => undefined)) ?? null
  try {
    await askAbout()
  } catch {
    // Without it the pages work: they lack the authority's name and telephone.
  }
}

async function askAbout(): Promise<About> {
  const answer = await call<About>('/api/public/about')
  learnServerTime(answer.serverTime)
  about.value = told = answer
  await cachePut('about', answer).catch(() => undefined) // only the next visit without a network lacks it
  return answer
}

/** The version of the text that somebody consents to, as it is on this visit: asked for again where the start could not learn it. */
export async function consentVersion(text: keyof About['consentVersions']): Promise<string> {
  return (told ?? (await askAbout())).consentVersions[text]
}
