// The published vectors, as a terminal written from docs/livecode.md reads them.
import { describe, expect, it } from 'vitest'
import published from '../../../../livecode/testdata/vectors.json'
import { BadCBOR, hex } from './cbor'
import { BadCode, BadKey, parse, TooLarge, verifyDevice, verifyIssuer } from './code'
import { BadSignature, importKey } from './cose'

const bytes = (text: string): Uint8Array<ArrayBuffer> => Uint8Array.from(text.match(/../g) ?? [], (pair) => parseInt(pair, 16))
const key = ({ x, y }: { x: string; y: string }): Promise<CryptoKey> => importKey(bytes('04' + x + y))

/** The fault of each refusal by its published code. */
const faults: Record<string, new () => Error> = { too_large: TooLarge, bad_code: BadCode, bad_cbor: BadCBOR as never, bad_key: BadKey, bad_signature: BadSignature }

describe('the published codes', () => {
  it.each(published.codes)('$name', async (v) => {
    const code = await parse(v.text)
    expect([hex(code.serial), code.time, hex(code.digest)]).toEqual([v.serial, v.time, v.digest])
    await verifyDevice(code, await key(published.deviceKey))
    await expect(verifyDevice(code, await key(published.otherKey))).rejects.toThrow(BadSignature)
    if (!code.issuer) return
    await verifyIssuer(code.issuer, await key(published.issuerKey))
    await verifyDevice(code, code.issuer.claims.holder)
    await expect(verifyIssuer(code.issuer, await key(published.otherKey))).rejects.toThrow(BadSignature)
  })

  it('have the claims that the file says', async () => {
    const { issuer } = await parse(published.codes.find((c) => c.name === 'self-contained, full')!.text)
    expect(issuer!.claims).toMatchObject({
      issuer: 'https://edl.example', listURI: 'https://edl.example/status/7', listIndex: 48213, name: '林知夏', number: '000000198808080020',
      classes: [{ code: 'C1', since: 20160620 }, { code: 'D', since: 20190304 }], validUntil: 20320620, points: 3, letters: 'A',
    })
    const { issuer: qualification } = await parse(published.codes.find((c) => c.name === 'self-contained, qualification')!.text)
    expect(qualification!.claims).toMatchObject({ name: '林知夏', number: undefined, points: undefined, birthDate: undefined })
  })
})

describe('what must be refused', () => {
  it.each(published.refused)('$name: $code', async ({ at, code, text }) => {
    const refused = async (): Promise<void> => {
      const c = await parse(text)
      if (at === 'issuer') await verifyIssuer(c.issuer!, await key(published.issuerKey))
      await verifyDevice(c, c.issuer?.claims.holder ?? (await key(published.deviceKey)))
    }
    await expect(refused()).rejects.toThrow(faults[code])
  })

  it('any bit of a code that is turned', async () => {
    const { text } = published.codes.find((c) => c.name === 'self-contained, qualification')!
    const [issuer, device] = [await key(published.issuerKey), await key(published.deviceKey)]
    for (let i = 5; i < text.length; i += 7) {
      const altered = text.slice(0, i) + (text[i] === 'A' ? 'B' : 'A') + text.slice(i + 1)
      const read = async (): Promise<void> => {
        const c = await parse(altered)
        await verifyIssuer(c.issuer!, issuer)
        await verifyDevice(c, device)
      }
      await expect(read(), `at ${i}`).rejects.toThrow()
    }
  })
})
