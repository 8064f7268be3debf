// What was typed into 意见反馈 survives a reload, a lost network and a look at
// another page.

import { reactive, watch } from 'vue'

const KEY = 'edl-feedback'

export interface FeedbackDraft { topic: string; text: string; phone: string; images: { id: string; url: string }[] }

const empty = (): FeedbackDraft => ({ topic: '', text: '', phone: '', images: [] })

export function useFeedbackDraft() {
  const draft = reactive<FeedbackDraft>({ ...empty(), ...(JSON.parse(sessionStorage.getItem(KEY) ?? '{}') as Partial<FeedbackDraft>) })
  watch(draft, (now) => sessionStorage.setItem(KEY, JSON.stringify(now)))
  return { draft, clear: () => void Object.assign(draft, empty()) }
}
