// A field that is masked until asked for, and again when the page is left, the
// screen goes dark, or half a minute has passed.

import { onScopeDispose, ref } from 'vue'

const SHOWN = 30_000 // ms

export function useDisclosure() {
  const open = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  function hide(): void {
    clearTimeout(timer)
    open.value = false
  }
  function toggle(): void {
    if (open.value) return hide()
    open.value = true
    timer = setTimeout(hide, SHOWN)
  }
  document.addEventListener('visibilitychange', hide)
  addEventListener('blur', hide)
  onScopeDispose(() => {
    hide()
    document.removeEventListener('visibilitychange', hide)
    removeEventListener('blur', hide)
  })
  return { open, toggle, hide }
}

/** The district stays readable; street and house are hidden. */
export function maskedAddress(address: string): string {
  const district = /^.*?[区县旗]/.exec(address)?.[0] ?? /^.*?[市州盟]/.exec(address)?.[0] ?? address.slice(0, 6)
  return `${district}****`
}
