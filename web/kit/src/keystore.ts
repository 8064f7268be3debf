// What this phone keeps: its device key, which can sign but not be read, and
// answers of the server for the time without a network.

const DATABASE = 'edl'

type Store = 'keys' | 'cache'

function open(): Promise<IDBDatabase> {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open(DATABASE, 1)
    request.onupgradeneeded = () => {
      request.result.createObjectStore('keys')
      request.result.createObjectStore('cache')
    }
    request.onsuccess = () => resolve(request.result)
    request.onerror = () => reject(request.error)
  })
}

async function transact<T>(store: Store, mode: IDBTransactionMode, deed: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const database = await open()
  try {
    return await new Promise<T>((resolve, reject) => {
      const transaction = database.transaction(store, mode)
      const request = deed(transaction.objectStore(store))
      transaction.oncomplete = () => resolve(request.result)
      transaction.onabort = () => reject(transaction.error)
    })
  } finally {
    database.close()
  }
}

export const cacheGet = <T>(key: string): Promise<T | undefined> => transact<T | undefined>('cache', 'readonly', (s) => s.get(key))
export const cachePut = async (key: string, value: unknown): Promise<void> => void (await transact('cache', 'readwrite', (s) => s.put(value, key)))
export const cacheDelete = async (key: string): Promise<void> => void (await transact('cache', 'readwrite', (s) => s.delete(key)))

/** The key this phone is enrolled with, if it still has one. */
export const deviceKey = (): Promise<CryptoKeyPair | undefined> => transact<CryptoKeyPair | undefined>('keys', 'readonly', (s) => s.get('device'))

/** A fresh key, not kept yet: it is worth keeping once the server has enrolled it. */
export const newDeviceKey = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign', 'verify'])
export const keepDeviceKey = async (pair: CryptoKeyPair): Promise<void> => void (await transact('keys', 'readwrite', (s) => s.put(pair, 'device')))
export const dropDeviceKey = async (): Promise<void> => void (await transact('keys', 'readwrite', (s) => s.delete('device')))
