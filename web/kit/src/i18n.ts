// The two languages of the pages. Sentences made by the server come as a Text
// with both; labels and buttons are looked up in an app's own message table,
// which must have the same keys in both languages (the compiler checks).

export type Language = 'zh' | 'en'

/** One sentence in both languages, as the server sends it. */
export interface Text { zh: string; en: string }

const KEY = 'edl-lang'

/** The language chosen on this device, or the browser's, Chinese first. */
export function storedLanguage(): Language {
  const chosen = localStorage.getItem(KEY)
  if (chosen === 'zh' || chosen === 'en') return chosen
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh'
}

/** Remembers the language and tells assistive technology. */
export function applyLanguage(language: Language): void {
  localStorage.setItem(KEY, language)
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en'
}

/** Picks the sentence of the language; an absent text is the empty string. */
export function pick(text: Text | undefined | null, language: Language): string {
  return text ? text[language] : ''
}

/** Fills `{name}` places of a message. */
export function fill(message: string, values: Record<string, string | number>): string {
  return message.replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ''))
}
