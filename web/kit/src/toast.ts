// Short words at the foot of the page; they leave by themselves.

import { reactive } from 'vue'
import type { Mark } from './marks'

/** A toast without a mark tells that something came, good or bad. */
export interface Toast { id: number; text: string; mark: Mark | null; action?: { label: string; run: () => void } }

export const toasts = reactive<Toast[]>([])
let next = 1

export function toast(text: string, mark: Mark | null = 'ok', action?: Toast['action'], stay = 4000): void {
  const id = next++
  toasts.push({ id, text, mark, action })
  setTimeout(() => dismiss(id), stay)
}

export function dismiss(id: number): void {
  const at = toasts.findIndex((t) => t.id === id)
  if (at >= 0) toasts.splice(at, 1)
}
