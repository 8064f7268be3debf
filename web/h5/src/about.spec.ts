import { afterEach, expect, it, vi } from 'vitest'
import { about, consentVersion, learnAbout } from './about'

const answer = { authority: { name: '示范市', code: '示A', phone: '0', offices: [] }, consentVersions: { identityNumber: '1', face: '2', privacy: '3' }, serverTime: '2026-11-27T00:00:00Z' }

afterEach(() => {
  vi.unstubAllGlobals()
  about.value = null
})

it('a consent waits for the version of its text where the start could not learn it', async () => {
  const fetched = vi.fn().mockRejectedValueOnce(new TypeError('no network')).mockImplementation(async () => Response.json(answer))
  vi.stubGlobal('fetch', fetched)
  await learnAbout()
  expect(about.value).toBeNull()
  expect(await consentVersion('face')).toBe('2')
  expect(await consentVersion('privacy')).toBe('3')
  expect(fetched).toHaveBeenCalledTimes(2)
})

it('a consent is not sent without a version', async () => {
  vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('no network')))
  await expect(consentVersion('face')).rejects.toThrow()
})
