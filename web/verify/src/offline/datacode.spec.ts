// 数据码, on the published vectors: what may be said of each, and that none of
// it is ever green.
import { beforeAll, describe, expect, it } from 'vitest'
import published from '../../../../internal/offline/testdata/terminal.json'
import { looksLikeCode } from '../code-time'
import { inflate, openBundle, openList, statusAt, type Bundle } from './bundle'
import { base45 } from './code'
import { beginsAsDataCode, judgeDataCode, looksLikeDataCode } from './datacode'
import { MAX_AGE, type Knows } from './judge'
import { outcomeOf } from './outcome'

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
const NOW = published.now * 1000
const [uri, token] = Object.entries(published.lists)[0]!
const textOf = (name: string): string => published.dataCodes.find((c) => c.name === name)!.text

let bundle: Bundle, list: Uint8Array
beforeAll(async () => {
  bundle = (await openBundle(bytes(published.bundles.good), bytes(published.pinned), 0)).bundle
  list = await openList(bytes(token), bundle, uri)
})
const knows = (over: Partial<Knows> = {}): Knows => ({
  bundle, now: NOW, latest: NOW, seen: async () => false, status: async (at, index) => (at === uri ? statusAt(list, index) : undefined), ...over,
})

describe('each published data code', () => {
  it.each(published.dataCodes)('$name: $verdict', async ({ text, verdict }) => {
    const judged = await judgeDataCode(text, knows())
    expect(judged.verdict).toBe(verdict)
    expect(judged.claims?.name).toBe(['data', 'data_lapsed'].includes(verdict) ? '林知夏' : undefined)
    const { outcome } = outcomeOf(judged)
    expect([outcome.kind, outcome.tone]).not.toContain('usable')
  })

  it('names the authority that signed it, and says what its list says', async () => {
    const lineOf = async (name: string, over?: Partial<Knows>) => outcomeOf(await judgeDataCode(textOf(name), knows(over))).outcome.line.zh
    expect((await judgeDataCode(textOf('of the other authority'), knows())).authority?.zh).toBe('邻市公安局交通管理支队')
    expect(await lineOf('good')).toContain('状态表未见停用')
    expect(await lineOf('of a suspended licence')).toContain('驾驶证现在不能使用')
    expect(await lineOf('of an ended phone')).toContain('手机已停用')
    expect(await lineOf('of the other authority')).toContain('现在能否使用不知道')
  })

  it('by a list too old nothing is known but an ended phone', async () => {
    const old = { ...bundle, issuedAt: (NOW - MAX_AGE) / 1000 - 1 }
    const statusOf = async (name: string) => (await judgeDataCode(textOf(name), knows({ bundle: old }))).status
    expect([await statusOf('good'), await statusOf('of a suspended licence'), await statusOf('of an ended phone')]).toEqual([undefined, undefined, 1])
  })

  it('by a clock behind the latest time that was seen: 时间不可信', async () => {
    expect((await judgeDataCode(textOf('good'), knows({ latest: NOW + 61_000 }))).verdict).toBe('untrusted')
  })
})

describe('a piece of one', () => {
  it.each([20, 100, 181, 300, 401, 500])('of %i characters is called that, and not damaged', async (length) => {
    const piece = textOf('good').slice(0, length)
    expect(beginsAsDataCode(piece)).toBe(true)
    expect((await judgeDataCode(piece, knows())).verdict).toBe('data_cut')
  })

  it('is not what was altered, nor what begins as something else', async () => {
    expect((await judgeDataCode(textOf('damaged'), knows())).verdict).toBe('data_unread')
    expect(['NCF', 'HC1:NCFOXN', textOf('good').slice(300)].filter(beginsAsDataCode)).toEqual([])
  })
})

describe('what looks like one', () => {
  it('each published one does, and is no live code; no live code does', () => {
    expect(published.dataCodes.filter((c) => !looksLikeDataCode(c.text) || looksLikeCode(c.text))).toEqual([])
    expect(published.codes.filter((c) => looksLikeDataCode(c.text))).toEqual([])
  })

  it.each([['a number', '6'.repeat(200)], ['a health certificate', `HC1:${textOf('good')}`], ['small letters', textOf('good').toLowerCase()], ['short', textOf('good').slice(0, 100)], ['long', textOf('good').repeat(3)]])('%s does not', (_, text) => {
    expect(looksLikeDataCode(text)).toBe(false)
  })

  it('a text that inflates without end is not read to its end', async () => {
    const bomb = base45Of(new Uint8Array(await new Response(new Blob([new Uint8Array(1 << 20)]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer()))
    expect(bomb.length).toBeLessThan(1994)
    await expect(inflate(base45(bomb), 1280)).rejects.toThrow('too large')
    expect((await judgeDataCode(bomb, knows())).verdict).toBe('data_unread')
  })
})

function base45Of(raw: Uint8Array): string {
  const digits = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:'
  let text = ''
  for (let i = 0; i < raw.length; i += 2) {
    const pair = i + 1 < raw.length
    let value = pair ? raw[i]! * 256 + raw[i + 1]! : raw[i]!
    for (let n = pair ? 3 : 2; n > 0; n--, value = Math.floor(value / 45)) text += digits[value % 45]
  }
  return text
}
