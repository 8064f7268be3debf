// A list with one of its rows open beside it: which, and that a narrow page,
// where the row opens below the list, goes there.

import { computed, nextTick, ref, useTemplateRef, type ComputedRef, type Ref } from 'vue'

/** Below this width, CSS px, the open row stands under the list. */
const NARROW = 900

export function useChosen<T>(rows: () => readonly T[] | undefined, idOf: (row: T) => string): {
  chosenId: Ref<string>
  chosen: ComputedRef<T | undefined>
  /** Where the open row is shown: the page's element with ref="detail". */
  detail: Readonly<Ref<HTMLElement | null>>
  choose(id: string): void
  close(): void
} {
  const chosenId = ref('')
  const detail = useTemplateRef<HTMLElement>('detail')
  return {
    chosenId, detail,
    chosen: computed(() => rows()?.find((row) => idOf(row) === chosenId.value)),
    choose(id) {
      chosenId.value = id
      if (window.innerWidth <= NARROW) void nextTick(() => detail.value?.scrollIntoView({ block: 'start' }))
    },
    close() { chosenId.value = '' },
  }
}
