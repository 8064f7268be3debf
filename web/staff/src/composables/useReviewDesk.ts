// The review desk: the next case opens by itself, earliest due first; a
// decision can be taken back for thirty seconds; what was ticked or written
// is kept as a draft until the decision is final, whatever goes wrong.

import { computed, reactive, ref, shallowRef } from 'vue'
import type { Problem } from '@edl/kit/api'
import { asProblem } from '@edl/kit/task'
import type { review } from '../api'
import type { Case, Decision, Queue, QueueItem } from '../api-types'
import { neighbour, queueGroups } from './queue'
import { OTHER } from './reasons'
import type { useUndo } from './useUndo'

export interface Draft { checked: string[]; reasons: string[]; other: string }

type Api = Pick<typeof review, 'queue' | 'next' | 'claim' | 'release' | 'approve' | 'refuse' | 'undo'>
/** loading: asking for a case. case: one is open. empty: nothing waits. put-back: laid back by the reviewer. lost: the decision was not taken. */
export type Stage = 'loading' | 'case' | 'empty' | 'put-back' | 'lost'

export function useReviewDesk(api: Api, undo: ReturnType<typeof useUndo>, me: () => string[]) {
  const queue = shallowRef<Queue | null>(null)
  const open = shallowRef<Case | null>(null)
  const stage = ref<Stage>('loading')
  const problem = shallowRef<Problem | null>(null)
  const busy = ref(false)
  const last = shallowRef<Decision | null>(null)
  const hint = ref<'check' | 'reason' | 'other' | null>(null)
  const drafts = reactive(new Map<string, Draft>())

  const draftOf = (id: string): Draft => {
    if (!drafts.has(id)) drafts.set(id, { checked: [], reasons: [], other: '' })
    return drafts.get(id)!
  }
  const draft = computed<Draft | null>(() => (open.value ? draftOf(open.value.id) : null))
  const isMine = (item: QueueItem): boolean => !!item.claimedBy && me().includes(item.claimedBy)
  const free = (item: QueueItem): boolean => !item.barred && (!item.claimedBy || isMine(item))
  const groups = computed(() => queueGroups(queue.value?.items ?? []))

  let reading: Promise<Queue> | undefined
  /** Reads the queue; of two readings the one that began later stays. */
  async function renew(): Promise<void> {
    const mine = reading = api.queue()
    const read = await mine
    if (mine === reading) queue.value = read
  }

  /**
   * Runs one thing at a time; a refusal is shown and changes nothing. The queue
   * is read after it, when the desk takes keys again: whoever sees a case may act.
   */
  async function once(deed: () => Promise<void>): Promise<void> {
    if (busy.value) return
    busy.value = true
    problem.value = null
    try {
      await deed()
    } catch (error) {
      problem.value = asProblem(error)
      return
    } finally {
      busy.value = false
    }
    await renew().catch((error: unknown) => { problem.value ??= asProblem(error) })
  }

  function show(found: Case | undefined): void {
    open.value = found ?? null
    stage.value = found ? 'case' : 'empty'
    hint.value = null
  }

  const openNext = () => once(async () => show(await api.next()))
  /** Lays the open case back, if it is another one, and takes this one. */
  const openItem = (id: string) => once(async () => {
    const before = open.value
    if (stage.value === 'case' && before?.id === id) return
    const taken = await api.claim(id)
    if (before && stage.value === 'case') await api.release(before.id)
    show(taken)
  })
  const step = async (by: 1 | -1) => {
    await reading?.catch(() => {}) // the neighbours after a decision are known once it is read
    const next = neighbour(queue.value?.items ?? [], open.value?.id, by, free)
    if (next) await openItem(next.id)
  }

  /** The first rule that nobody has confirmed yet. */
  const unchecked = computed(() => open.value?.checklist.find((rule) => !draft.value!.checked.includes(rule.id)))
  const toggle = (held: string[], id: string) => (held.includes(id) ? held.filter((x) => x !== id) : [...held, id])
  function toggleCheck(id: string): void {
    draft.value!.checked = toggle(draft.value!.checked, id)
    hint.value = null
  }
  function toggleReason(code: string): void {
    draft.value!.reasons = toggle(draft.value!.reasons, code)
    hint.value = null
  }
  /** Reasons in the order of the list, not of the ticking. */
  const chosen = computed(() => open.value?.reasons.filter((r) => draft.value!.reasons.includes(r.code)) ?? [])

  async function decide(take: (found: Case, held: Draft) => Promise<Decision>): Promise<void> {
    const found = open.value
    if (!found || stage.value !== 'case') return
    await once(async () => {
      try {
        last.value = await take(found, draftOf(found.id))
      } catch (error) {
        if (asProblem(error).status === 409) stage.value = 'lost'
        throw error
      }
      try {
        show(await api.next())
      } finally {
        undo.offer(last.value) // not before the desk takes the key for it
      }
    })
  }
  async function approve(): Promise<void> {
    if (!open.value || stage.value !== 'case') return
    if (unchecked.value) hint.value = 'check'
    else await decide((found, held) => api.approve(found.id, held.checked))
  }
  async function refuse(): Promise<void> {
    if (!open.value || stage.value !== 'case') return
    const { reasons, other } = draft.value!
    if (reasons.length === 0) hint.value = 'reason'
    else if (reasons.includes(OTHER) && !other.trim()) hint.value = 'other'
    else await decide((found, held) => api.refuse(found.id, chosen.value.map((r) => r.code), held.reasons.includes(OTHER) ? held.other.trim() : undefined))
  }
  const putBack = () => once(async () => {
    if (!open.value || stage.value !== 'case') return
    await api.release(open.value.id)
    open.value = null
    stage.value = 'put-back'
  })
  const takeBack = () => once(async () => {
    const decision = undo.decision.value
    if (!decision) return
    const before = stage.value === 'case' ? open.value : null
    const returned = await api.undo(decision.id)
    undo.stop()
    if (before && before.id !== returned.id) await api.release(before.id)
    show(returned)
  })
  /** Takes the open case anew after its claim has run out. */
  const claimAgain = () => once(async () => {
    if (open.value) show(await api.claim(open.value.id))
  })
  /** Looks for new cases; opens the first that comes to an empty desk. */
  async function look(): Promise<void> {
    if (busy.value) return
    if (stage.value === 'empty') return openNext()
    try {
      await renew()
    } catch (error) {
      asProblem(error) // the next look tries again; what is open stays
    }
  }

  return {
    queue, groups, open, stage, problem, busy, last, hint, draft, chosen, unchecked, free, isMine,
    openNext, openItem, step, toggleCheck, toggleReason, approve, refuse, putBack, takeBack, claimAgain, look,
  }
}
