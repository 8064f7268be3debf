// What somebody typed into an application, kept in this tab so that an error
// or a reload loses no word. Files are never kept here, nor is a code.
import { reactive, watch } from 'vue'
import type { Form, Own } from './api'

export interface Draft { step: number; phone: string; form: Form }
const KEY = 'edl-apply'
const empty = (): Draft => ({ step: 0, phone: '', form: { name: '', uscc: '', kind: '', contact: '', contactPhone: '', person: '', wanted: [] } })

/** The draft of this tab; what changes in it is kept at once. */
export function keptDraft(store: Storage = sessionStorage): Draft {
  const draft = reactive(read(store))
  watch(draft, () => store.setItem(KEY, JSON.stringify(draft)), { flush: 'sync' })
  return draft
}

function read(store: Storage): Draft {
  const fresh = empty()
  try {
    const kept = JSON.parse(store.getItem(KEY) ?? '{}') as Partial<Draft>
    return { ...fresh, ...kept, form: { ...fresh.form, ...kept.form } }
  } catch {
    return fresh
  }
}

export const forgetDraft = (store: Storage = sessionStorage): void => store.removeItem(KEY)

/** The form that an application was made with. */
export const formOf = (a: Own): Form => ({
  name: a.name, uscc: a.uscc, kind: a.kind, contact: a.contact, contactPhone: a.contactPhone, person: a.person,
  wanted: a.wanted.map(({ scenario, purpose }) => ({ scenario, purpose })),
})
