import 'fake-indexeddb/auto'
import { describe, expect, it } from 'vitest'
import { cacheDelete, cacheGet, cachePut, deviceKey, dropDeviceKey, keepDeviceKey, newDeviceKey } from './keystore'

describe('the device key', () => {
  it('is absent, then kept, then dropped', async () => {
    expect(await deviceKey()).toBeUndefined()
    await keepDeviceKey(await newDeviceKey())
    expect((await deviceKey())?.publicKey.type).toBe('public')
    await dropDeviceKey()
    expect(await deviceKey()).toBeUndefined()
  })

  it('cannot be taken out of the browser', async () => {
    const { privateKey } = await newDeviceKey()
    await expect(crypto.subtle.exportKey('pkcs8', privateKey)).rejects.toThrow()
  })
})

describe('the cache', () => {
  it('gives back what was put and nothing after its deletion', async () => {
    await cachePut('show', { serial: 'UQp3wgnkO_g' })
    expect(await cacheGet('show')).toEqual({ serial: 'UQp3wgnkO_g' })
    await cacheDelete('show')
    expect(await cacheGet('show')).toBeUndefined()
  })
})
