import { beforeEach, expect, it, vi } from 'vitest'

let start: typeof import('./about')

const answer = { authority: { name: '示范市', code: '示A', phone: '0', offices: [] }, consentVersions: { identityNumber: '1', face: '2', privacy: '3' }, serverTime: '2026-11-27T00:00:00Z' }

beforeEach(async () => {
  vi.unstubAllGlobals()
  vi.resetModules() // a visit of its own
  start = await import('./about')
})

it('a consent waits for the version of its text where the start could not learn it', async () => {
  const fetched = vi.fn().mockRejectedValueOnce(new TypeError('no network')).mockImplementation(async () => Response.json(answer))
  vi.stubGlobal('fetch', fetched)
  await start.learnAbout()
  expect(start.about.value).toBeNull()
  expect(await start.consentVersion('face')).toBe('2')
  expect(await start.consentVersion('privacy')).toBe('3')
  expect(fetched).toHaveBeenCalledTimes(2)
})

it('a consent is not sent with the version that an earlier visit learned', async () => {
  start.about.value = { ...answer, consentVersions: { identityNumber: '0', face: '0', privacy: '0' } } as unknown as typeof start.about.value
  vi.stubGlobal('fetch', vi.fn().mockRejectedValueOnce(new TypeError('no network')).mockImplementation(async () => Response.json(answer)))
  await start.learnAbout()
  expect(await start.consentVersion('face')).toBe('2')
})

it('a consent is not sent without a version', async () => {
  vi.stubGlobal('fetch', vi.fn().mockRejectedValue(new TypeError('no network')))
  await expect(start.consentVersion('face')).rejects.toThrow()
})
