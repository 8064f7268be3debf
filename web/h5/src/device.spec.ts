import 'fake-indexeddb/auto'
import { fromBase64url } from '@edl/kit/bytes'
import { deviceKey } from '@edl/kit/keystore'
import { describe, expect, it } from 'vitest'
import { deviceName, keepEnrolment, prepareEnrolment, proveDevice, forgetDevice, wasBound } from './device'

const verify = async (key: CryptoKey, signature: string, text: string): Promise<boolean> =>
  crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, fromBase64url(signature), new TextEncoder().encode(text))

describe('enrolment', () => {
  it('signs the challenge for this origin and keeps nothing until the server agreed', async () => {
    const { pair, device } = await prepareEnrolment('abc')
    expect(fromBase64url(device.publicKey)).toHaveLength(65)
    expect(fromBase64url(device.signature)).toHaveLength(64)
    expect(await verify(pair.publicKey, device.signature, `edl-device-enrol:1\n${location.origin}\nabc`)).toBe(true)
    expect(await deviceKey()).toBeUndefined()
  })

  it('once kept, proves itself to another session; forgotten, it cannot', async () => {
    const { pair } = await prepareEnrolment('abc')
    await keepEnrolment(pair, 'd1')
    const proof = await proveDevice('xyz')
    expect(proof?.deviceId).toBe('d1')
    expect(await verify(pair.publicKey, proof!.signature, `edl-device-proof:1\n${location.origin}\nxyz`)).toBe(true)
    await forgetDevice()
    expect(await proveDevice('xyz')).toBeNull()
    expect(wasBound()).toBe(true)
  })
})

it.each([
  ['Mozilla/5.0 (Linux; Android 14; Pixel 8 Build/AP1A) AppleWebKit', 'Pixel 8'],
  ['Mozilla/5.0 (Linux; Android 10; K) AppleWebKit', 'Android'],
  ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)', 'iPhone'],
  ['Mozilla/5.0 (Windows NT 10.0; Win64; x64)', 'Windows'],
])('%s is called %s', (agent, name) => expect(deviceName(agent)).toBe(name))
