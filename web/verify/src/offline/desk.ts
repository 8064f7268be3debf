// Checks without a network: keeps bundle and lists fresh while there is one,
// judges codes while there is none, and reports what was checked afterwards.

import { computed, ref, shallowRef } from 'vue'
import { openBundle, openList, statusAt, type Bundle } from './bundle'
import { hex, type Bytes } from './cbor'
import { parse } from './code'
import { judgeDataCode } from './datacode'
import { judge, MAX_AGE, type Foreign, type Judged } from './judge'
import type { Entry, Kept, Store } from './store'

/** What a check without a network came to, and its place in the queue. */
export interface Finding extends Judged {
  queued?: { id: number; entry: Entry; position: number }
  foreign?: Foreign // asked of the authority that issued it, with a network
  match?: boolean // 人证一致, as that authority recorded it
}

/** The answer of POST /api/terminal/offline-checks. */
export interface Reported { taken: number; replays: string[] }

/** Who checks, for the record. */
type By = Pick<Entry, 'operator' | 'signedIn'>

const fullOf = ({ claims }: Judged): Pick<Entry, 'full'> => (claims?.number ? { full: true } : {})

const QUEUED_AT_ONCE = 200

export interface Line {
  /** GET of bytes; undefined where there is nothing new. */
  bytes(path: string): Promise<Bytes | undefined>
  report(entries: Entry[]): Promise<Reported>
  /** Tells the authority that keeps a check whether person and photo match. */
  compare(issuer: string, number: string, same: boolean): Promise<unknown>
}

export function createOffline({ store, line, now = () => Date.now() }: { store: Store; line: Line; now?: () => number }) {
  const kept = shallowRef<Kept>()
  const bundle = shallowRef<Bundle>()
  const finding = shallowRef<Finding>()
  const waiting = ref(0) // checks that are not reported yet
  const replays = ref<string[]>([]) // codes that another terminal had seen
  const trouble = ref('') // why the newest bundle was not taken
  const lists = new Map<string, Uint8Array>()
  let written: Promise<unknown> = Promise.resolve()

  /** How old the lists are, ms, by the latest time that can be trusted. */
  const age = (): number | undefined => bundle.value && Math.max(0, trusted() - bundle.value.issuedAt * 1000)
  const ready = computed(() => bundle.value !== undefined)

  /** Takes what was kept. A terminal that has pinned a key believes no other. */
  async function start(pinned: Bytes | undefined): Promise<void> {
    kept.value = await store.kept()
    if (!kept.value && pinned) await keep({ pinned, lists: {}, latest: 0 })
    if (kept.value?.bundle) {
      const opened = await openBundle(kept.value.bundle, kept.value.pinned, 0).catch(() => undefined)
      bundle.value = opened?.bundle
    }
    waiting.value = (await store.queue()).length
  }

  /** Changes what is kept, as it stands now: two changes may be under way, such
      as a new bundle and a time that was learnt. They are written in turn. */
  function keep(change: Partial<Kept>): Promise<unknown> {
    kept.value = { ...kept.value!, ...change }
    return (written = written.catch(() => undefined).then(() => store.keep(kept.value!)))
  }

  /** A time that the server said. It corrects a clock that had run ahead. */
  async function learn(serverTime: number): Promise<void> {
    if (kept.value && Math.abs(serverTime - kept.value.latest) > 30_000) await keep({ latest: serverTime })
  }

  /** Fetches the bundle and the lists that changed, with a network. */
  async function sync(): Promise<void> {
    const before = kept.value
    if (!before) return
    const raw = await line.bytes(`/api/terminal/bundle?have=${bundle.value?.sequence ?? 0}`)
    if (!raw) return
    const opened = await openBundle(raw, before.pinned, bundle.value?.sequence ?? 0).catch((error: unknown) => {
      trouble.value = error instanceof Error ? error.constructor.name : 'Error'
      throw error
    })
    trouble.value = ''
    const tokens: Record<string, Bytes> = {}
    for (const uri of opened.bundle.lists.keys()) {
      const had = before.lists[uri]
      const fresh = (had && (await believed(had, opened.bundle, uri))) || (await fetched(opened.bundle, uri))
      if (fresh) tokens[uri] = fresh
    }
    lists.clear()
    await keep({ pinned: opened.pinned, bundle: raw, lists: tokens, latest: Math.max(kept.value!.latest, opened.bundle.issuedAt * 1000) })
    bundle.value = opened.bundle
  }

  const believed = async (token: Bytes, of: Bundle, uri: string): Promise<Bytes | undefined> => openList(token, of, uri).then(() => token, () => undefined)

  /** A list is asked of this origin, wherever its address says it lies. */
  async function fetched(of: Bundle, uri: string): Promise<Bytes | undefined> {
    const token = await line.bytes(new URL(uri).pathname)
    return token && believed(token, of, uri)
  }

  async function status(uri: string, index: number) {
    let list = lists.get(uri)
    const token = kept.value!.lists[uri]
    if (!list && token) lists.set(uri, (list = await openList(token, bundle.value!, uri)))
    return list && statusAt(list, index)
  }

  /** The latest time that can be trusted, ms. */
  const trusted = (): number => Math.max(now(), kept.value?.latest ?? 0)

  async function queue(found: Finding, entry: Entry, position: number): Promise<void> {
    found.queued = { id: await store.add(entry), entry, position }
    waiting.value = position
  }

  /** Judges a code, and queues what it came to. */
  async function check(text: string, scenario: string, by: By): Promise<Finding> {
    const entries = await store.queue()
    const time = now()
    const judged = await judge(text, {
      bundle: bundle.value!, now: time, latest: kept.value!.latest, status,
      seen: async (digest) => entries.some(({ entry }) => entry.digest === digest),
    })
    if (judged.verdict !== 'untrusted' && time > kept.value!.latest) await keep({ latest: time })
    const found: Finding = judged
    if (judged.claims && judged.code && judged.verdict !== 'replayed') {
      await queue(found, {
        ...fullOf(judged), digest: hex(judged.code.digest), serial: hex(judged.code.serial), at: time, madeAt: judged.code.time, scenario,
        verdict: judged.verdict, sequence: bundle.value!.sequence, ...by,
      }, entries.length + 1)
    }
    return (finding.value = found)
  }

  /** Reads 数据码 where this terminal may. There is nothing in it to redeem, but
      what it shows is this driver's, who is to see who read it: it is queued. */
  async function readData(text: string, may: boolean, scenario: string, by: By): Promise<Finding> {
    if (!may || !bundle.value || !kept.value) return (finding.value = { verdict: 'data_closed' })
    const time = now()
    const found: Finding = await judgeDataCode(text, { bundle: bundle.value, now: time, latest: kept.value.latest, status })
    if (found.claims?.issuer === bundle.value.issuer) { // another authority's driver is not known here
      await queue(found, {
        kind: 'data', ...fullOf(found), ...(found.status !== undefined && { status: true }),
        digest: hex(crypto.getRandomValues(new Uint8Array(32))), serial: hex(found.claims.serial), at: time, madeAt: found.claims.issuedAt, scenario,
        verdict: found.verdict, sequence: bundle.value.sequence, ...by,
      }, (await store.queue()).length + 1)
    }
    return (finding.value = found)
  }

  /** Shows another authority's code, which our server found genuine, and what
      its issuer said. */
  async function show(text: string, foreign: Foreign): Promise<Finding> {
    const code = await parse(text)
    return (finding.value = { verdict: 'unknown', claims: code.issuer?.claims, authority: foreign.authority, code, foreign })
  }

  /** Records the comparison of person and photo. */
  async function match(same: boolean): Promise<void> {
    const { queued, foreign } = finding.value ?? {}
    if (foreign?.number) {
      await line.compare(foreign.issuer, foreign.number, same)
      if (finding.value?.foreign === foreign) finding.value = { ...finding.value, match: same }
    }
    if (!queued) return
    const entry = { ...queued.entry, match: same }
    await store.change(queued.id, entry)
    finding.value = { ...finding.value!, queued: { ...queued, entry } }
  }

  /** Reports the queue, with a network. What was taken is forgotten. */
  async function report(): Promise<void> {
    for (;;) {
      const some = (await store.queue()).slice(0, QUEUED_AT_ONCE)
      waiting.value = some.length
      if (!some.length) return
      const { replays: found } = await line.report(some.map(({ entry }) => entry))
      for (const { id } of some) await store.drop(id)
      if (found.length) replays.value = [...replays.value, ...found]
      waiting.value = 0
    }
  }

  return { ready, bundle, finding, waiting, replays, trouble, age, trusted, start, learn, sync, check, readData, show, match, report, clear: () => void (finding.value = undefined), limit: MAX_AGE }
}

export type Offline = ReturnType<typeof createOffline>
