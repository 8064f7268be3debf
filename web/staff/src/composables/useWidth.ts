// The width of an element, followed: drawings are made for it, so that their
// text keeps its size on a narrow page.

import { onBeforeUnmount, onMounted, ref, type Ref } from 'vue'

export function useWidth(element: Ref<HTMLElement | undefined>, least: number, first: number): Ref<number> {
  const width = ref(first)
  let observer: ResizeObserver | undefined
  onMounted(() => {
    if (!element.value) return
    observer = new ResizeObserver(([entry]) => { width.value = Math.max(least, Math.floor(entry!.contentRect.width)) })
    observer.observe(element.value)
  })
  onBeforeUnmount(() => observer?.disconnect())
  return width
}
