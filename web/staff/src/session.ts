// Who is signed in at this machine, and about which authority. The cookie is
// the server's; here is only what it said about it.

import { ref } from 'vue'
import { Problem } from '@edl/kit/api'
import { learnServerTime } from '@edl/kit/clock'
import { about as readAbout, onSignedOut, session as api } from './api'
import type { About, StaffSession } from './api-types'

export const session = ref<StaffSession | null>(null)
export const about = ref<About | null>(null)
/** Why the last session ended, until the next begins. */
export const ended = ref<'idle' | 'lost' | 'left' | null>(null)

export function begin(opened: StaffSession): void {
  learnServerTime(opened.serverTime)
  session.value = opened
  ended.value = null
}

function end(why: 'idle' | 'lost' | 'left'): void {
  if (!session.value) return
  session.value = null
  ended.value = why
}

onSignedOut(() => end('lost'))

/** Reads the session that the cookie still holds, if any. */
export async function resume(): Promise<void> {
  try {
    about.value = await readAbout()
    learnServerTime(about.value.serverTime)
    begin(await api.read())
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
  }
}

/** Tells the server that somebody is still here, and reads its clock. */
export async function stay(): Promise<void> {
  if (!session.value) return
  begin(await api.read())
}

/** Ends the session here whatever the server answers: an unreachable one lets it lapse by itself. */
export async function leave(why: 'idle' | 'left'): Promise<void> {
  try {
    await api.close()
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
  }
  end(why)
}
