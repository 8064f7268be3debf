// The numbers on the rail: what waits behind each door of this post.

import { reactive, watch } from 'vue'
import { Problem } from '@edl/kit/api'
import { admissions, corrections, detentions, feedback, pending, review } from '../api'
import { openDoors, type DoorName } from '../doors'
import { session } from '../session'

export interface Count { n: number; late: boolean }
export const counts = reactive<{ [door in DoorName]?: Count }>({})

const readers: { [door in DoorName]?: () => Promise<Count> } = {
  review: async () => {
    const { counts: c } = await review.queue()
    return { n: c.waiting, late: c.overdue > 0 }
  },
  corrections: async () => ({ n: (await corrections.list()).corrections.filter((c) => c.status === 'waiting').length, late: false }),
  pending: async () => ({ n: (await pending.list()).pending.filter((p) => !p.resolvedAt).length, late: false }),
  detentions: async () => {
    const { detentions: list } = await detentions.list(false)
    return { n: list.length, late: list.some((d) => d.overdue) }
  },
  parties: async () => ({ n: (await admissions.list(false)).applications.filter((a) => a.status === 'submitted').length, late: false }),
  feedback: async () => ({ n: (await feedback.list('open')).feedback.length, late: false }),
}

/** Counts anew. A number that could not be read is left out rather than shown stale. */
export async function countAll(): Promise<void> {
  await Promise.all(openDoors.value.map(async ({ name }) => {
    try {
      counts[name] = await readers[name]?.()
    } catch (problem) {
      if (!(problem instanceof Problem)) throw problem
      delete counts[name]
    }
  }))
}

watch(session, (now) => {
  if (!now) for (const name of Object.keys(counts) as DoorName[]) delete counts[name]
})
