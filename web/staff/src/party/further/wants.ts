// What an administrator typed of a request that is not on the server yet, kept
// in this tab so that an error or a reload loses no word.
import { ref, watch, type Ref } from 'vue'
import type { Wanted } from '../apply/api'

const KEY = 'edl-further'

/** The wants of this tab; what changes in them is kept at once. */
export function keptWants(store: Storage = sessionStorage): Ref<Wanted[]> {
  const wanted = ref(read(store))
  watch(wanted, (now) => (now.length ? store.setItem(KEY, JSON.stringify(now)) : store.removeItem(KEY)), { deep: true, flush: 'sync' })
  return wanted
}

function read(store: Storage): Wanted[] {
  try {
    const kept = JSON.parse(store.getItem(KEY) ?? '[]') as Wanted[]
    return kept.filter((one) => typeof one.scenario === 'string' && typeof one.purpose === 'string')
  } catch {
    return []
  }
}
