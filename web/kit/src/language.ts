// The chosen language as reactive state, and message tables that must be
// complete in both languages: the compiler compares their keys.

import { computed, ref, type ComputedRef } from 'vue'
import { applyLanguage, pick, storedLanguage, type Language, type Text } from './i18n'

export const language = ref<Language>(storedLanguage())

export function setLanguage(chosen: Language): void {
  language.value = chosen
  applyLanguage(chosen)
}

/** The server's sentence in the chosen language; an absent one is empty. */
export const say = (text: Text | undefined | null): string => pick(text, language.value)

/** The server's words as a line of their own: Normal, 正常. */
export function sayAlone(text: Text | undefined | null): string {
  const words = say(text)
  return words.charAt(0).toUpperCase() + words.slice(1)
}

/** A message table that follows the chosen language. */
export function useMessages<K extends string>(zh: Record<K, string>, en: Record<NoInfer<K>, string>): ComputedRef<Record<K, string>> {
  return computed(() => (language.value === 'zh' ? zh : en))
}
