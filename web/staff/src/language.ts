// The console's words in the language in force. A word table holds both
// languages side by side; the compiler refuses a sentence that is missing in
// one of them.

import { computed, type ComputedRef } from 'vue'
import { pick, type Text } from '@edl/kit/i18n'
import { language } from '@edl/kit/language'

export { language, setLanguage } from '@edl/kit/language'

type Same<T> = T extends string ? string : T extends (...given: infer G) => string ? (...given: G) => string : { [K in keyof T]: Same<T[K]> }

/** Joins the two languages of one table. */
export const words = <T extends object>(zh: T, en: Same<T>) => ({ zh: zh as unknown as Same<T>, en })

/** The table in the language in force, changing with it. */
export const useWords = <W extends object>(table: { zh: W; en: W }): ComputedRef<W> => computed(() => table[language.value])

/** A sentence that the server sent in both languages. */
export const say = (text: Text | string | null | undefined): string =>
  typeof text === 'string' ? text : pick(text, language.value)

/** Two facts side by side: 首次·相册 or First, album. */
export const dot = (...parts: (string | number)[]): string => parts.filter((part) => part !== '').join(language.value === 'zh' ? '·' : ', ')
/** A fact behind its name: 要填：车型 or Asks: class. */
export const named = (name: string, fact: string): string => `${name}${language.value === 'zh' ? '：' : ': '}${fact}`

/** An aside: （可多选） or (one or more). */
export const aside = (text: string): string => (language.value === 'zh' ? `（${text}）` : ` (${text})`)

/** A line of the server that begins with the name of what stands before it already. */
export const after = (text: Text | null | undefined): string => say(text).replace(/^(电子驾驶证|驾驶证状态|Electronic licence|Licence status)[：:] ?/i, '')

/** A masked number, its hidden part as short as it can be told. */
export const masked = (text: string): string => text.replace(/[·•*]{4,}/g, '****')

/** A list as each language joins it: 甲、乙 or a; b. */
export const list = (parts: string[]): string => parts.join(language.value === 'zh' ? '、' : '; ')
