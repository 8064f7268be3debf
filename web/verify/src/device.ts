// What this terminal keeps for itself: its key, which no script can read out,
// and what it is called. Clearing the browser's data ends the enrolment.

import { toBase64url } from '@edl/kit/bytes'
import type { PartyKind, TerminalSession } from './api-types'

/** A key made for a code that the server has not confirmed yet. */
export interface Pending {
  code: string
  keys: CryptoKeyPair
  idempotencyKey: string // so that an answer lost on the way is given again
}

export interface Terminal {
  id: string
  number: string
  name: string
  party: { name: string; kind: PartyKind }
  keys: CryptoKeyPair
  bundleKey?: string // pinned at enrolment
}

/** The shift that was open when this device last had a network. It holds no
    secret: whoever goes on in it without one is not confirmed. */
export interface Shift {
  session: TerminalSession // the scenarios that check codes, and no name
  confirmedAt: number // ms, when the server last said that its operator is signed in
}

const DATABASE = 'edl-verify'
const STORE = 'device'

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => request.result.createObjectStore(STORE)
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

async function transact<T>(mode: IDBTransactionMode, deed: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open()
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(STORE, mode)
      const request = deed(transaction.objectStore(STORE))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = transaction.onerror = () => reject(transaction.error)
    })
  } finally {
    database.close()
  }
}

/** The device's three records, in IndexedDB. */
export const device = {
  pending: () => transact<Pending | undefined>('readonly', (s) => s.get('pending')),
  keepPending: (pending: Pending) => transact('readwrite', (s) => s.put(pending, 'pending')),
  terminal: () => transact<Terminal | undefined>('readonly', (s) => s.get('terminal')),
  /** Replaces whatever was kept: a terminal is enrolled once. */
  keepTerminal: (terminal: Terminal) => transact('readwrite', (s) => (s.clear(), s.put(terminal, 'terminal'))),
  shift: () => transact<Shift | undefined>('readonly', (s) => s.get('shift')),
  keepShift: (shift: Shift) => transact('readwrite', (s) => s.put(shift, 'shift')),
  endShift: () => transact('readwrite', (s) => s.delete('shift')),
  forget: () => transact('readwrite', (s) => s.clear()),
}

export type Device = typeof device

const CURVE = { name: 'ECDSA', namedCurve: 'P-256' }

/** A new key pair whose private half cannot be exported. */
export const newKeys = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(CURVE, false, ['sign', 'verify'])

/** The public key as the API takes it: the raw uncompressed point, base64url. */
export async function publicKeyOf(keys: CryptoKeyPair): Promise<string> {
  return toBase64url(await crypto.subtle.exportKey('raw', keys.publicKey))
}

/** Signs lines of a purpose, the origin first, with the terminal's key. */
export async function sign(keys: CryptoKeyPair, purpose: string, ...rest: string[]): Promise<string> {
  const text = [purpose, location.origin, ...rest].join('\n')
  const bytes = new TextEncoder().encode(text)
  return toBase64url(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, keys.privateKey, bytes))
}
