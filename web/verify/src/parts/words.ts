// Words and forms that several pages share.

import { language } from '@edl/kit/language'
import type { PartyKind } from '../api-types'

/** An officer has 警号, everybody else 工号. */
export function operatorWord(kind: PartyKind | undefined): string {
  if (language.value === 'en') return kind === 'police' ? 'Officer' : 'Staff no.'
  return kind === 'police' ? '警号' : '工号'
}

/** Only police and windows learn why a licence is not usable. */
export const tellsWhy = (kind: PartyKind | undefined): boolean => kind === 'police' || kind === 'window'

/** Facts in one line; Chinese type sets its dot without blanks. */
export const dotted = (facts: (string | false | undefined)[]): string => facts.filter(Boolean).join(language.value === 'zh' ? '·' : ' · ')

/** An identity number as it is read: region, birth date, serial. */
export const spaced = (number: string): string => number.replace(/^(\d{6})(\d{8})([\dX]{4})$/i, '$1 $2 $3')
