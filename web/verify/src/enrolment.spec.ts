import 'fake-indexeddb/auto'
import { Problem } from '@edl/kit/api'
import { fromBase64url } from '@edl/kit/bytes'
import { beforeEach, describe, expect, it } from 'vitest'
import { device, publicKeyOf, sign } from './device'
import { enrol, missing, tidyCode } from './enrolment'

const form = { code: ' ABCD-\u200b1234\n', name: '前台 1 号', place: '示范店' }
const enrolled = { terminalId: 't1', number: 'T-0042', party: { name: '远帆租车示范店', kind: 'rental' } }

interface Body { code: string; name: string; place: string; publicKey: string; signature: string }

function server(...replies: (object | Problem)[]) {
  const asked: { body: Body; idempotencyKey?: string }[] = []
  const ask = async (_: string, options: { body?: unknown; idempotencyKey?: string } = {}): Promise<never> => {
    asked.push({ body: options.body as Body, idempotencyKey: options.idempotencyKey })
    const reply = replies.shift()
    if (reply instanceof Problem) throw reply
    return reply as never
  }
  return { ask: ask as never, asked }
}

const verifies = async (body: Body, text: string): Promise<boolean> => {
  const key = await crypto.subtle.importKey('raw', fromBase64url(body.publicKey), { name: 'ECDSA', namedCurve: 'P-256' }, true, ['verify'])
  return crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, fromBase64url(body.signature), new TextEncoder().encode(text))
}

describe('enrolling the terminal', () => {
  beforeEach(() => device.forget())

  it('sends the code bare of blanks, and proves possession of the key over purpose, origin and code', async () => {
    const { ask, asked } = server(enrolled)
    await enrol(form, { ask, device })
    const { body } = asked[0]!
    expect({ code: body.code, name: body.name, place: body.place }).toEqual({ code: 'ABCD-1234', name: '前台 1 号', place: '示范店' })
    expect(fromBase64url(body.publicKey)).toHaveLength(65)
    expect(fromBase64url(body.signature)).toHaveLength(64)
    expect(await verifies(body, `edl-terminal-enrol:1\n${location.origin}\nABCD-1234`)).toBe(true)
    expect(await verifies(body, `edl-terminal-enrol:1\n${location.origin}\nABCD-1235`)).toBe(false)
  })

  it('keeps a key that cannot be read out', async () => {
    const { ask } = server(enrolled)
    await enrol(form, { ask, device })
    const kept = (await device.terminal())!
    expect({ id: kept.id, number: kept.number, party: kept.party }).toEqual({ id: 't1', number: 'T-0042', party: enrolled.party })
    await expect(crypto.subtle.exportKey('pkcs8', kept.keys.privateKey)).rejects.toThrow()
    expect(await device.pending()).toBeUndefined()
  })

  it('asks again with the same key and idempotency key when the answer was lost', async () => {
    const lost = new Problem(0, 'network', { zh: '', en: '' })
    const { ask, asked } = server(lost, enrolled)
    await expect(enrol(form, { ask, device })).rejects.toBe(lost)
    const terminal = await enrol(form, { ask, device })
    expect(asked[1]!.body.publicKey).toBe(asked[0]!.body.publicKey)
    expect(asked[1]!.idempotencyKey).toBe(asked[0]!.idempotencyKey)
    expect(await publicKeyOf(terminal.keys)).toBe(asked[0]!.body.publicKey)
  })

  it('makes a new key for another code', async () => {
    const { ask, asked } = server(new Problem(409, 'used', { zh: '', en: '' }), enrolled)
    await expect(enrol(form, { ask, device })).rejects.toThrow()
    await enrol({ ...form, code: 'OTHER' }, { ask, device })
    expect(asked[1]!.body.publicKey).not.toBe(asked[0]!.body.publicKey)
  })

  it('names the fields that still want an entry', () => {
    expect(missing({ code: ' ', name: '', place: '示范店' })).toEqual(['code', 'name'])
    expect(tidyCode('a b\u2060c')).toBe('abc')
  })

  it('signs a session over purpose, origin, challenge and operator', async () => {
    const { ask, asked } = server(enrolled)
    const { keys } = await enrol(form, { ask, device })
    const signature = await sign(keys, 'edl-terminal-session:1', 'Q0hB', '0088')
    expect(await verifies({ ...asked[0]!.body, signature }, `edl-terminal-session:1\n${location.origin}\nQ0hB\n0088`)).toBe(true)
  })
})
