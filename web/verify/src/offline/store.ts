// What this terminal keeps for the time without a network: the bundle as it was
// signed, the lists, the latest trusted time, and the queue of checks. The
// queue is sealed with a key that no script can read out: digests and outcomes,
// no photo, no number, no name.

import type { Bytes } from './cbor'

export interface Kept {
  pinned: Bytes // the bundle key, a point
  bundle?: Bytes
  lists: Record<string, Bytes> // tokens by address
  latest: number // ms: the latest trusted time that was seen
}

/** One check as it is queued. */
export interface Entry {
  kind?: 'data' // 数据码 was read; absent: a code was checked
  full?: true // it held all that the licence's face bears
  status?: true // of 数据码: the list said how the licence stands
  digest: string // of the code, hex; of 数据码, drawn anew for each reading
  serial: string // of the phone's credential, hex
  at: number // ms
  madeAt: number // seconds, by the phone's clock; of 数据码, when it was signed
  scenario: string
  verdict: string
  sequence: number // of the bundle
  match?: boolean
  operator: string // the number of who checked
  signedIn: boolean // false: the network was away since a restart
}

export interface Queued { id: number; entry: Entry }

interface Sealed { iv: Bytes; box: ArrayBuffer }

const DATABASE = 'edl-verify-offline'

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore('kept')
      request.result.createObjectStore('queue', { autoIncrement: true })
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

async function transact<T>(store: 'kept' | 'queue', mode: IDBTransactionMode, deed: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open()
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(store, mode)
      const request = deed(transaction.objectStore(store))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = transaction.onerror = () => reject(transaction.error)
    })
  } finally {
    database.close()
  }
}

async function sealingKey(): Promise<CryptoKey> {
  const kept = await transact<CryptoKey | undefined>('kept', 'readonly', (s) => s.get('seal'))
  if (kept) return kept
  const made = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['encrypt', 'decrypt'])
  await transact('kept', 'readwrite', (s) => s.put(made, 'seal'))
  return made
}

async function seal(entry: Entry): Promise<Sealed> {
  const iv = crypto.getRandomValues(new Uint8Array(12))
  return { iv, box: await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await sealingKey(), new TextEncoder().encode(JSON.stringify(entry))) }
}

async function unseal({ iv, box }: Sealed): Promise<Entry> {
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt({ name: 'AES-GCM', iv }, await sealingKey(), box))) as Entry
}

export const store = {
  kept: () => transact<Kept | undefined>('kept', 'readonly', (s) => s.get('kept')),
  keep: (kept: Kept) => transact('kept', 'readwrite', (s) => s.put(kept, 'kept')),

  async add(entry: Entry): Promise<number> {
    const sealed = await seal(entry)
    return Number(await transact('queue', 'readwrite', (s) => s.add(sealed)))
  },
  async change(id: number, entry: Entry): Promise<void> {
    const sealed = await seal(entry)
    await transact('queue', 'readwrite', (s) => s.put(sealed, id))
  },
  async queue(): Promise<Queued[]> {
    const [ids, boxes] = [await transact('queue', 'readonly', (s) => s.getAllKeys()), await transact<Sealed[]>('queue', 'readonly', (s) => s.getAll())]
    return Promise.all(boxes.map(async (box, i) => ({ id: Number(ids[i]), entry: await unseal(box) })))
  },
  /** A terminal that is enrolled anew begins with nothing of the old one. */
  forget: async () => void (await transact('kept', 'readwrite', (s) => s.clear()), await transact('queue', 'readwrite', (s) => s.clear())),
  drop: (id: number) => transact('queue', 'readwrite', (s) => s.delete(id)),
}

export type Store = typeof store
