// The sentences of the photo rules, read once: what a driver declared is kept
// by rule id.

import { shallowRef } from 'vue'
import { call, Problem } from '@edl/kit/api'
import type { Text } from '@edl/kit/i18n'
import { say } from '../../language'

interface Rules { groups: { rules: { id: string; say: Text }[] }[] }
const sentences = shallowRef<Map<string, Text> | null>(null)

export async function readRules(): Promise<void> {
  if (sentences.value) return
  try {
    const { groups } = await call<Rules>('/api/public/photo-rules')
    sentences.value = new Map(groups.flatMap((group) => group.rules.map((rule) => [rule.id, rule.say] as const)))
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem // without sentences the ids stand for themselves
  }
}
export const ruleSays = (id: string): string => say(sentences.value?.get(id)) || id
