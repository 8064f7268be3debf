// The order of the review queue: what is late stands on top, in a group of
// its own; the rest by the day it is promised for, earliest first.

import type { QueueItem } from '../api-types'

export interface Group { id: string; overdue: boolean; known: boolean; items: QueueItem[] }

const byDue = (a: QueueItem, b: QueueItem): number =>
  Date.parse(a.due.at) - Date.parse(b.due.at) || a.number.localeCompare(b.number)

export function queueGroups(items: readonly QueueItem[]): Group[] {
  const groups = new Map<string, Group>()
  for (const item of [...items].sort(byDue)) {
    const id = item.overdue ? 'overdue' : item.due.date
    const group = groups.get(id) ?? { id, overdue: item.overdue, known: item.due.known, items: [] }
    group.items.push(item)
    groups.set(id, group)
  }
  return [...groups.values()].sort((a, b) => Number(b.overdue) - Number(a.overdue))
}

/** Items in the order they are shown. */
export const queueOrder = (items: readonly QueueItem[]): QueueItem[] => queueGroups(items).flatMap((group) => group.items)

/**
 * The item `step` places from the open one, passing over those that are not
 * free. With none open, the first or the last.
 */
export function neighbour(items: readonly QueueItem[], open: string | undefined, step: 1 | -1, free: (item: QueueItem) => boolean): QueueItem | undefined {
  const order = queueOrder(items)
  const from = order.findIndex((item) => item.id === open)
  const start = from >= 0 ? from + step : step > 0 ? 0 : order.length - 1
  for (let i = start; i >= 0 && i < order.length; i += step) {
    const item = order[i]!
    if (free(item)) return item
  }
  return undefined
}
