import { Problem } from '@edl/kit/api'
import { describe, expect, it } from 'vitest'
import type { CheckAnswer } from './api-types'
import { aboutFields, answered, refused } from './outcome'

const problem = (status: number, code: string): Problem => new Problem(status, code, { zh: '话', en: 'words' })

describe('what the band says', () => {
  const answer = { verdict: 'usable', word: { zh: '可用', en: 'Usable' }, line: { zh: '正常', en: 'normal' } } as CheckAnswer

  it('takes word and line of a verdict from the server', () => {
    expect(answered(answer)).toMatchObject({ kind: 'usable', tone: 'usable', shape: 'usable', word: answer.word, line: answer.line, act: 'next' })
    expect(answered({ ...answer, verdict: 'not_usable' })).toMatchObject({ kind: 'not_usable', tone: 'stop', shape: 'stop' })
  })

  it('gives no solid band to an entry that is still being confirmed, unless a letter decides anyway', () => {
    const pending = { ...answer, verdict: 'not_usable' as const, pending: true }
    const cause = (letter: string) => ({ letter, name: answer.word, why: answer.line })
    expect(answered(pending)).toMatchObject({ kind: 'pending', tone: 'warn', shape: 'unknown' })
    expect(answered({ ...pending, causes: [cause('H')] }).kind).toBe('pending')
    expect(answered({ ...pending, causes: [cause('H'), cause('B')] })).toMatchObject({ kind: 'not_usable', tone: 'stop' })
    expect(answered({ ...answer, verdict: 'no_verdict' })).toMatchObject({ kind: 'no_record', tone: 'warn', shape: 'unknown' })
  })

  it.each([
    [400, 'bad_signature', 'forged', 'forged', '码不真实', 'next'],
    [400, 'bad_code', 'forged', 'forged', '码不真实', 'next'],
    [409, 'expired_code', 'expired', 'again', '码已过期', 'rescan'],
    [409, 'clock_skew', 'clock', 'again', '手机时间不准', 'rescan'],
    [409, 'replayed_code', 'replayed', 'warn', '码已用过', 'rescan'],
    [409, 'ended_device', 'ended', 'warn', '这部手机已停用', 'rescan'],
    [404, 'unknown_code', 'unregistered', 'warn', '查不到这个码', 'rescan'],
    [404, 'not_found', 'no_match', 'warn', '没有查到', 'next'],
    [403, 'field_not_allowed', 'not_allowed', 'warn', '不能这样查', 'next'],
    [429, 'limited', 'limited', 'again', '请稍等再查', 'retry'],
    [503, 'overloaded', 'failed', 'again', '没有查成', 'retry'],
    [0, 'network', 'offline', 'again', '终端未联网', 'retry'],
    [422, 'anything', 'other', 'again', '没有查成', 'next'],
  ])('%i %s is %s', (status, code, kind, tone, word, act) => {
    const outcome = refused(problem(status, code))
    expect({ kind: outcome.kind, tone: outcome.tone, word: outcome.word.zh, act: outcome.act }).toEqual({ kind, tone, word, act })
  })

  it('says 无法核查状态 without a network, and never calls a wrong clock a forgery', () => {
    expect(refused(problem(0, 'network')).line.zh).toBe('无法核查状态')
    const clock = refused(problem(409, 'clock_skew'))
    expect(clock.line.zh).toContain('自动设置时间')
    expect(clock.advice?.note.title.zh).toContain('不是假码')
  })

  it('gives the server’s own sentence where it has none', () => {
    expect(refused(problem(500, 'internal')).line).toEqual({ zh: '话', en: 'words' })
  })

  it('leaves a refusal of typed fields to the form', () => {
    const field = { field: 'name', code: 'x', say: { zh: '', en: '' } }
    expect(aboutFields(refused(new Problem(400, 'invalid', { zh: '', en: '' }, '', [field])))).toBe(true)
    expect(aboutFields(refused(problem(400, 'check.reason_needed')))).toBe(true)
    expect(aboutFields(refused(problem(409, 'expired_code')))).toBe(false)
    expect(aboutFields(refused(new Problem(403, 'field_not_allowed', { zh: '', en: '' }, '', [field])))).toBe(false)
    expect(aboutFields(answered(answer))).toBe(false)
  })
})
