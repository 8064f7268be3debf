// The reason under which the register is looked at, kept while the page lives:
// a record is opened under its look-up and under no other.

import { reactive } from 'vue'
import type { Match } from '../../api-types'

export interface LookUp { by: 'number' | 'file' | 'phone' | 'name'; value: string; reason: string; caseNumber: string; lookup: string; matches: Match[] }

export const lookUp = reactive<LookUp>({ by: 'number', value: '', reason: '', caseNumber: '', lookup: '', matches: [] })

export function forget(): void {
  Object.assign(lookUp, { value: '', lookup: '', matches: [] })
}
