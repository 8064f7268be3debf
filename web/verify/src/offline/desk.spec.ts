import 'fake-indexeddb/auto'
import { beforeEach, describe, expect, it } from 'vitest'
import published from '../../../../internal/offline/testdata/terminal.json'
import type { Bytes } from './cbor'
import { createOffline, type Line } from './desk'
import { store, type Entry } from './store'

const bytes = (text: string): Bytes => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
const bundles = published.bundles as Record<string, string>
const pinned = bytes(published.pinned)
const token = bytes(Object.values(published.lists)[0]!)
const NOW = published.now * 1000
const officer = { operator: '000317', signedIn: true }
const dataOf = (name: string): string => published.dataCodes.find((c) => c.name === name)!.text
const textOf = (name: string): string => published.codes.find((c) => c.name === name)!.text

interface Played { line: Line; asked: string[]; sent: Entry[][]; compared: unknown[][] }

/** A server that gives a bundle and the list. */
function server(name: string, replays: string[] = []): Played {
  const played: Played = {
    asked: [], sent: [], compared: [],
    line: {
      bytes: async (path) => (played.asked.push(path), path.startsWith('/s/') ? token : bytes(bundles[name]!)),
      report: async (entries) => (played.sent.push(entries), { taken: entries.length, replays }),
      compare: async (...said) => void played.compared.push(said),
    },
  }
  return played
}

async function terminal(name = 'good', now = () => NOW, replays: string[] = []) {
  const played = server(name, replays)
  const desk = createOffline({ store, line: played.line, now })
  await desk.start(pinned)
  await desk.sync()
  return { desk, ...played }
}

beforeEach(() => new Promise<void>((resolve) => {
  const request = indexedDB.deleteDatabase('edl-verify-offline')
  request.onsuccess = () => resolve()
}))

describe('a terminal without a network', () => {
  it('checks by what it kept, also after it was opened again', async () => {
    const { asked } = await terminal()
    expect(asked).toEqual(['/api/terminal/bundle?have=0', '/s/0'])
    const again = createOffline({ store, line: server('good').line, now: () => NOW })
    await again.start(undefined)
    const found = await again.check(textOf('good'), 'police', officer)
    expect([found.verdict, found.queued?.position, found.age]).toEqual(['usable', 1, 3 * 3600_000])
  })

  it('fetches a list again only where the bundle names another', async () => {
    const { desk } = await terminal()
    const later = server('later')
    const again = createOffline({ store, line: later.line, now: () => NOW })
    await again.start(undefined)
    await again.sync()
    expect(later.asked).toEqual(['/api/terminal/bundle?have=7'])
    expect(again.bundle.value?.sequence).toBe(8)
    expect(desk.bundle.value?.sequence).toBe(7)
  })

  it('keeps a bundle that comes while the time is learnt, and the time', async () => {
    const desk = createOffline({ store, line: server('good').line, now: () => NOW })
    await desk.start(pinned)
    const synced = desk.sync()
    for (let later = 1; !desk.bundle.value; later++) await desk.learn(NOW + later * 60_000)
    await synced
    const kept = await store.kept()
    expect(kept!.bundle).toEqual(bytes(bundles.good!))
    expect(kept!.latest).toBeGreaterThan(NOW)
  })

  it.each(['older', 'foreign'])('keeps what it has where the %s bundle is offered', async (name) => {
    await terminal()
    const again = createOffline({ store, line: server(name).line, now: () => NOW })
    await again.start(undefined)
    await expect(again.sync()).rejects.toThrow()
    expect(again.bundle.value?.sequence).toBe(7)
    expect(again.trouble.value).not.toBe('')
    expect((await again.check(textOf('good'), 'police', officer)).verdict).toBe('usable')
  })

  it('pins no other key because somebody says so', async () => {
    await terminal()
    const again = createOffline({ store, line: server('foreign').line, now: () => NOW })
    await again.start(bytes(published.next))
    await expect(again.sync()).rejects.toThrow()
  })

  it('calls nothing usable after its clock was put back', async () => {
    let now = NOW
    const { desk } = await terminal('good', () => now)
    expect((await desk.check(textOf('good'), 'police', officer)).verdict).toBe('usable')
    now = NOW - 90_000
    expect((await desk.check(textOf('of a suspended licence'), 'police', officer)).verdict).toBe('untrusted')
    await desk.learn(now) // the server says so: its clock had run ahead before
    expect((await desk.check(textOf('of a suspended licence'), 'police', officer)).verdict).not.toBe('untrusted')
  })
})

describe('the queue', () => {
  it('holds digests and outcomes, sealed, and neither name nor photo', async () => {
    const { desk } = await terminal()
    await desk.check(textOf('good'), 'police', officer)
    await desk.match(true)
    const [queued] = await store.queue()
    expect(Object.keys(queued!.entry).sort()).toEqual(['at', 'digest', 'madeAt', 'match', 'operator', 'scenario', 'sequence', 'serial', 'signedIn', 'verdict'])
    const raw = await new Promise<unknown[]>((resolve) => {
      const request = indexedDB.open('edl-verify-offline')
      request.onsuccess = () => {
        const all = request.result.transaction('queue').objectStore('queue').getAll()
        all.onsuccess = () => (request.result.close(), resolve(all.result))
      }
    })
    expect(raw).toHaveLength(1)
    expect(JSON.stringify(raw)).not.toContain(queued!.entry.digest.slice(0, 16))
    expect(Object.keys(raw[0] as object).sort()).toEqual(['box', 'iv'])
  })

  it('holds each reading of a data code under a name of its own, for its driver to see', async () => {
    const { desk, sent } = await terminal()
    const read = (name: string, may = true) => desk.readData(dataOf(name), may, 'police', officer)
    for (const name of ['good', 'good', 'that has lapsed']) expect((await read(name)).queued?.entry.kind).toBe('data')
    for (const name of ['of the other authority', 'of an authority that nobody knows', 'damaged']) expect((await read(name)).queued).toBeUndefined()
    expect((await read('good', false)).queued).toBeUndefined()
    await desk.report()
    const entries = sent[0]!
    expect(entries.map((e) => [e.verdict, e.status, e.serial.length, e.operator])).toEqual([['data', true, 16, '000317'], ['data', true, 16, '000317'], ['data_lapsed', undefined, 16, '000317']])
    expect(new Set(entries.map((e) => e.digest)).size).toBe(3)
    expect(JSON.stringify(entries)).not.toContain('林知夏')
  })

  it('is reported once, and tells of a code that another terminal had seen', async () => {
    const { desk, sent } = await terminal('good', () => NOW, ['ab'])
    await desk.check(textOf('good'), 'police', officer)
    expect(desk.waiting.value).toBe(1)
    await desk.report()
    await desk.report()
    expect(sent.map((s) => s.map((e) => e.verdict))).toEqual([['usable']])
    expect([desk.waiting.value, desk.replays.value]).toEqual([0, ['ab']])
  })

  it('keeps everything where the report did not arrive', async () => {
    const { desk, line } = await terminal()
    line.report = () => Promise.reject(new TypeError())
    await desk.check(textOf('good'), 'police', officer)
    await expect(desk.report()).rejects.toThrow()
    expect(await store.queue()).toHaveLength(1)
  })

  it('knows a code that was checked here before', async () => {
    const { desk } = await terminal()
    await desk.check(textOf('good'), 'police', officer)
    expect((await desk.check(textOf('good'), 'police', officer)).verdict).toBe('replayed')
    expect(await store.queue()).toHaveLength(1)
  })

  it('of another authority’s code holds nothing: 人证一致 goes to the authority that keeps the check', async () => {
    const { desk, compared } = await terminal()
    const t = { zh: '', en: '' }
    const said = { authority: t, verdict: 'usable', word: t, line: t, causes: [], issuer: 'https://next.example', number: 'HY-261009-000042' } as const
    await desk.show(textOf('of the other authority'), { ...said, causes: [] })
    await desk.match(false)
    expect(compared).toEqual([['https://next.example', 'HY-261009-000042', false]])
    expect(desk.finding.value!.match).toBe(false)
    expect(await store.queue()).toHaveLength(0)
    await desk.show(textOf('of the other authority'), { ...said, causes: [], number: undefined })
    await desk.match(true)
    expect(compared).toHaveLength(1)
  })

  it('takes in nothing that is not genuine', async () => {
    const { desk } = await terminal()
    await desk.check(textOf("with a signature that is not the phone's"), 'police', officer)
    await desk.check(textOf('short'), 'police', officer)
    expect(await store.queue()).toHaveLength(0)
  })
})
