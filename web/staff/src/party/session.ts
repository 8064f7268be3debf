// Who is signed in at a party's own page.
import { ref } from 'vue'
import { Problem } from '@edl/kit/api'
import { learnServerTime } from '@edl/kit/clock'
import { about as readAbout } from '../api'
import { about } from '../session'
import { onSignedOut, session as api, type AdminSession } from './api'

export const session = ref<AdminSession | null>(null)
/** Whether a session ended here that this page knew. */
export const lost = ref(false)

export function begin(opened: AdminSession): void {
  learnServerTime(opened.serverTime)
  session.value = opened
  lost.value = false
}

onSignedOut(() => {
  lost.value ||= session.value !== null
  session.value = null
})

/** Reads the session that the cookie still holds, if any. */
export async function resume(): Promise<void> {
  try {
    about.value = await readAbout()
    begin(await api.read())
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem
  }
}

/** Tells the server that somebody is still here. */
export async function stay(): Promise<void> {
  if (session.value) begin(await api.read())
}

/** Ends the session here whatever the server answers: an unreachable one lets it lapse. */
export async function leave(why: 'idle' | 'left'): Promise<void> {
  await api.close().catch((problem: unknown) => { if (!(problem instanceof Problem)) throw problem })
  session.value = null
  lost.value = why === 'idle'
}
