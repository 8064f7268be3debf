// The classes of vehicles and what each also allows (the table printed on the
// licence's second page).

import type { Text } from './i18n'

interface Allowed { name: Text; also: string[] }

const table: Record<string, Allowed> = {
  A1: { name: { zh: '大型客车', en: 'large bus' }, also: ['A3', 'B1', 'B2', 'C1', 'C2', 'C3', 'C4', 'M'] },
  A2: { name: { zh: '重型牵引挂车', en: 'heavy tractor-trailer' }, also: ['B1', 'B2', 'C1', 'C2', 'C3', 'C4', 'C6', 'M'] },
  A3: { name: { zh: '城市公交车', en: 'city bus' }, also: ['C1', 'C2', 'C3', 'C4'] },
  B1: { name: { zh: '中型客车', en: 'medium bus' }, also: ['C1', 'C2', 'C3', 'C4', 'M'] },
  B2: { name: { zh: '大型货车', en: 'heavy lorry' }, also: ['C1', 'C2', 'C3', 'C4', 'M'] },
  C1: { name: { zh: '小型汽车', en: 'car' }, also: ['C2', 'C3', 'C4'] },
  C2: { name: { zh: '小型自动挡汽车', en: 'automatic car' }, also: [] },
  C3: { name: { zh: '低速载货汽车', en: 'low-speed lorry' }, also: ['C4'] },
  C4: { name: { zh: '三轮汽车', en: 'three-wheeler' }, also: [] },
  C5: { name: { zh: '残疾人专用小型自动挡载客汽车', en: 'automatic car for disabled drivers' }, also: [] },
  C6: { name: { zh: '轻型牵引挂车', en: 'light trailer' }, also: [] },
  D: { name: { zh: '普通三轮摩托车', en: 'three-wheeled motorcycle' }, also: ['E', 'F'] },
  E: { name: { zh: '普通二轮摩托车', en: 'motorcycle' }, also: ['F'] },
  F: { name: { zh: '轻便摩托车', en: 'moped' }, also: [] },
  M: { name: { zh: '轮式专用机械车', en: 'wheeled special machine' }, also: [] },
  N: { name: { zh: '无轨电车', en: 'trolleybus' }, also: [] },
  P: { name: { zh: '有轨电车', en: 'tram' }, also: [] },
}

/** All that the held classes allow, held ones included, in the table's order. */
export function allowed(held: string[]): { code: string; name: Text }[] {
  const codes = new Set(held.flatMap((code) => [code, ...(table[code]?.also ?? [])]))
  return Object.keys(table).filter((code) => codes.has(code)).map((code) => ({ code, name: table[code]!.name }))
}

/** What a class is called; its code where it is not in the table. */
export const className = (code: string): Text => table[code]?.name ?? { zh: code, en: code }
