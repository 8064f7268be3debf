// Everything a terminal without a network may say, on the published vectors.
import { beforeAll, describe, expect, it } from 'vitest'
import published from '../../../../internal/offline/testdata/terminal.json'
import { ForeignBundle, OldBundle, openBundle, openList, statusAt, type Bundle } from './bundle'
import { hex } from './cbor'
import { judge, MAX_AGE, type Knows } from './judge'

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
const pinned = bytes(published.pinned)
const bundles = published.bundles as Record<string, string>
const NOW = published.now * 1000
const uri = Object.keys(published.lists)[0]!
const token = bytes(Object.values(published.lists)[0]!)
const textOf = (name: string): string => published.codes.find((c) => c.name === name)!.text

let bundle: Bundle, list: Uint8Array

beforeAll(async () => {
  bundle = (await openBundle(bytes(bundles.good!), pinned, 0)).bundle
  list = await openList(token, bundle, uri)
})

const knows = (over: Partial<Knows> = {}): Knows => ({
  bundle, now: NOW, latest: NOW, seen: async () => false,
  status: async (at, index) => (at === uri ? statusAt(list, index) : undefined), ...over,
})

describe('each published code', () => {
  it.each(published.codes)('$name: $verdict', async ({ text, verdict }) => {
    expect((await judge(text, knows())).verdict).toBe(verdict)
  })

  it('names the authority that signed it', async () => {
    expect((await judge(textOf('good'), knows())).authority?.zh).toBe('示例市公安局交通管理支队')
    expect((await judge(textOf('of the other authority'), knows())).authority?.zh).toBe('邻市公安局交通管理支队')
  })
})

describe('what is never green', () => {
  const good = textOf('good')

  it('a list at its limit is, and a moment older is 真实，状态未知', async () => {
    const issued = published.issued * 1000
    const at = async (age: number) => (await judge(good, knows({ latest: issued + age }))).verdict
    // The terminal's own clock stands at NOW; the latest time it saw says how old the list is.
    expect(await at(3 * 3600_000)).toBe('usable')
    expect((await judge(good, { ...knows(), bundle: { ...bundle, issuedAt: (NOW - MAX_AGE) / 1000 } })).verdict).toBe('usable')
    expect((await judge(good, { ...knows(), bundle: { ...bundle, issuedAt: (NOW - MAX_AGE) / 1000 - 1 } })).verdict).toBe('unknown')
  })

  it('a suspension in a list too old is not known either; an ended phone stays ended', async () => {
    const old = { ...bundle, issuedAt: (NOW - MAX_AGE) / 1000 - 1 }
    expect((await judge(textOf('of a suspended licence'), { ...knows(), bundle: old })).verdict).toBe('unknown')
    expect((await judge(textOf('of an ended phone'), { ...knows(), bundle: old })).verdict).toBe('ended')
  })

  it('a clock behind the latest time that was seen: 时间不可信', async () => {
    expect((await judge(good, knows({ latest: NOW + 61_000 }))).verdict).toBe('untrusted')
    expect((await judge(good, knows({ latest: NOW + 59_000 }))).verdict).toBe('usable')
  })

  it('a code that this terminal has seen', async () => {
    let asked = ''
    const seen = async (digest: string) => ((asked = digest), true)
    const judged = await judge(good, knows({ seen }))
    expect([judged.verdict, asked]).toEqual(['replayed', hex(judged.code!.digest)])
  })
})

describe('a bundle', () => {
  it('is taken where it is newer or the same', async () => {
    expect((await openBundle(bytes(bundles.later!), pinned, 7)).bundle.sequence).toBe(8)
    expect((await openBundle(bytes(bundles.good!), pinned, 7)).bundle.sequence).toBe(7)
  })

  it('is not rolled back', async () => {
    await expect(openBundle(bytes(bundles.older!), pinned, 7)).rejects.toThrow(OldBundle)
  })

  it('of the next key is taken and pins it, where the pinned key handed over', async () => {
    const { pinned: next } = await openBundle(bytes(bundles['by the next key']!), pinned, 7)
    expect(hex(next)).toBe(published.next)
  })

  it.each(['foreign', 'by the next key, handed over by nobody', "by a thief with another's handover"])('%s is not believed', async (name) => {
    await expect(openBundle(bytes(bundles[name]!), pinned, 0)).rejects.toThrow(ForeignBundle)
  })

  it('with any byte altered or cut off is not believed', async () => {
    const raw = bytes(bundles.good!)
    for (let i = 0; i < raw.length; i += 5) {
      const altered = raw.slice()
      altered[i]! ^= 1
      await expect(openBundle(altered, pinned, 0), `byte ${i}`).rejects.toThrow()
      await expect(openBundle(raw.slice(0, i), pinned, 0), `cut at ${i}`).rejects.toThrow()
    }
  })
})

describe('a list', () => {
  it('that the bundle does not name byte for byte is not believed', async () => {
    const altered = token.slice()
    altered[altered.length - 1]! ^= 1
    await expect(openList(altered, bundle, uri)).rejects.toThrow(ForeignBundle)
    await expect(openList(token, bundle, `${uri}1`)).rejects.toThrow(ForeignBundle)
  })

  it('says nothing of a place that it has not', () => {
    expect(statusAt(list, 2 ** 20 - 1)).toBe(0)
    expect(statusAt(list, 2 ** 20)).toBeUndefined()
  })
})
