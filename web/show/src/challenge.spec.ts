import { describe, expect, it } from 'vitest'
import { challengeOf } from './challenge'

describe('the challenge in the address', () => {
  it.each([
    ['16 bytes', '#c=AAECAwQFBgcICQoLDA0ODw', 16],
    ['32 bytes', '#c=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8', 32],
  ])('of %s is taken', (_name, hash, length) => expect(challengeOf(hash)?.length).toBe(length))

  it.each([
    ['none', ''], ['another hash', '#/licence'], ['15 bytes', '#c=AAECAwQFBgcICQoLDA0O'], ['33 bytes', '#c=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g'],
    ['a length base64url cannot have', '#c=AAECAwQFBgcICQoLDA0ODwAAA'], ['other characters', '#c=AAECAwQFBgcICQoLDA0OD+'],
  ])('%s is not', (_name, hash) => expect(challengeOf(hash)).toBeUndefined())
})
