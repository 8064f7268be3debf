// Whether a page was read to its end: the end has been on the screen, and
// every group before it too.

import { onScopeDispose, ref, watch, type Ref } from 'vue'

export function useReadToEnd(end: Ref<HTMLElement | undefined>, observe = (seen: (shown: boolean) => void) => watchFor(seen)) {
  const read = ref(false)
  const observer = observe((shown) => {
    if (shown) read.value = true
  })
  watch(end, (element) => {
    if (element) observer.observe(element)
  }, { flush: 'post', immediate: true })
  onScopeDispose(() => observer.disconnect())
  return read
}

const watchFor = (seen: (shown: boolean) => void): Pick<IntersectionObserver, 'observe' | 'disconnect'> =>
  new IntersectionObserver((entries) => seen(entries.some((e) => e.isIntersecting)))
