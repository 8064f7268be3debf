// Text size and theme, kept on this device and set on the root element. The
// page's early script sets them once before the first paint from the same keys.

import { ref } from 'vue'

export type Size = 'normal' | 'large'
export type Theme = 'system' | 'light' | 'dark'

const SIZE = 'edl-size'
const THEME = 'edl-theme'

export const size = ref<Size>(localStorage.getItem(SIZE) === 'large' ? 'large' : 'normal')
export const theme = ref<Theme>(storedTheme())

function storedTheme(): Theme {
  const stored = localStorage.getItem(THEME)
  return stored === 'light' || stored === 'dark' ? stored : 'system'
}

const darkSystem = (): boolean => matchMedia('(prefers-color-scheme: dark)').matches

/** Puts the present choice on the root element. */
export function showDisplay(): void {
  const data = document.documentElement.dataset
  if (size.value === 'large') data.size = 'large'
  else delete data.size
  if (theme.value === 'dark' || (theme.value === 'system' && darkSystem())) data.theme = 'dark'
  else delete data.theme
}

export function setSize(chosen: Size): void {
  size.value = chosen
  localStorage.setItem(SIZE, chosen)
  showDisplay()
}

export function setTheme(chosen: Theme): void {
  theme.value = chosen
  if (chosen === 'system') localStorage.removeItem(THEME)
  else localStorage.setItem(THEME, chosen)
  showDisplay()
}

/** Follows the system's theme while nothing else was chosen. */
export function followSystemTheme(): void {
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', showDisplay)
  showDisplay()
}
