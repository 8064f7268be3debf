// Handing in an application: a double press and a retry after a lost network
// count once, because the same content always travels under the same key.

import { idempotencyKey } from '@edl/kit/api'
import { useTask, type Task } from '@edl/kit/task'
import { ref } from 'vue'
import { consentVersion } from './about'
import type { Application, Submission } from './api-types'
import { forgetPhoto } from './photo'
import { router } from './router'
import { ask } from './server'

const KEPT = 'edl-submission' // survives a reload of the page, not the end of the visit

/** The key of this very content: kept until the server has answered. */
export function keyFor(submission: Submission): string {
  const content = JSON.stringify(submission)
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? 'null') as { content: string; key: string } | null
  if (kept?.content === content) return kept.key
  const key = idempotencyKey()
  sessionStorage.setItem(KEPT, JSON.stringify({ content, key }))
  return key
}

/** Hands in an application of somebody who gave both consents. */
export function useSubmission(): Task<[Omit<Submission, 'consent'>]> {
  return useTask(async (content: Omit<Submission, 'consent'>) => {
    const submission = { ...content, consent: { identityNumber: true, face: true, version: await consentVersion('face') } }
    const made = await ask<Application>('/api/driver/applications', { body: submission, idempotencyKey: keyFor(submission) })
    sessionStorage.removeItem(KEPT)
    await forgetPhoto()
    await router.replace({ path: `/progress/${made.id}`, query: { new: '1' } })
  })
}

/** Consents start empty; a press before they are given marks what is missing. */
export function useConsents() {
  const identityNumber = ref(false)
  const face = ref(false)
  const pressedEarly = ref(false)
  function given(): boolean {
    pressedEarly.value = true
    return identityNumber.value && face.value
  }
  return { identityNumber, face, pressedEarly, given }
}
