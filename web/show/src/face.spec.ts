import { describe, expect, it } from 'vitest'
import { face, type Face, type Facts } from './face'
import type { Shown, State } from './shown'

const NOW = Date.parse('2026-10-09T02:32:08Z')
const DAY = 86_400_000

const shown = (state: State, over: Partial<Shown> = {}): Shown => ({
  serial: 'UQp3wgnkO_g', maskedName: '林*夏', classes: [], state, offlineUntil: new Date(NOW + DAY).toISOString(),
  serverTime: '', demo: true, phone: '', checkedAt: NOW - DAY, clockOffsetMs: 0, ...over,
})

const facts = (over: Partial<Facts>): Facts => ({ weChat: false, hasKey: true, wasBound: true, shown: shown('usable'), link: 'online', now: NOW, ...over })

describe('what the page shows', () => {
  const lapsed = { offlineUntil: new Date(NOW - 1).toISOString() }
  const cases: [string, Partial<Facts>, Face][] = [
    ['a usable licence, online', {}, { look: 'usable' }],
    ['a usable licence without a network, within its days', { link: 'offline' }, { look: 'usable' }],
    ['before the server has answered, what was kept', { link: 'asking' }, { look: 'usable' }],
    ['never 可以使用 after too many days without a network', { link: 'offline', shown: shown('usable', lapsed) }, { look: 'unknown' }],
    ['nothing once the server has refused this phone', { link: 'signed_out' }, { plain: 'ended' }],
    ['nor after that without a network', { link: 'offline', shown: shown('usable', { over: true }) }, { plain: 'ended' }],
    ['nor before the server has answered again', { link: 'asking', shown: shown('usable', { over: true }) }, { plain: 'ended' }],
    ['a licence that is not usable, with its reason, even offline', { link: 'offline', shown: shown('not_usable', lapsed) }, { look: 'not' }],
    ['an electronic licence that a change invalidated', { shown: shown('invalidated') }, { look: 'not' }],
    ['no code for a locked licence', { shown: shown('hidden') }, { plain: 'hidden' }],
    ['no code for a revoked licence', { shown: shown('gone') }, { plain: 'gone' }],
    ['no code before the first application', { shown: shown('none', { serial: '' }) }, { plain: 'none' }],
    ['重新绑定 where the key is gone', { hasKey: false }, { plain: 'rebind' }],
    ['绑定 where there never was one', { hasKey: false, wasBound: false }, { plain: 'bind' }],
    ['重新绑定 where this phone has no credential', { shown: shown('usable', { serial: '' }) }, { plain: 'rebind' }],
    ['重新绑定 where the serial is malformed', { shown: shown('usable', { serial: 'AAAA' }) }, { plain: 'rebind' }],
    ['a wait at the first opening', { shown: undefined, link: 'asking' }, { plain: 'wait' }],
    ['that the first opening needs a network', { shown: undefined, link: 'offline' }, { plain: 'first' }],
    ['to sign in where nothing is kept', { shown: undefined, link: 'signed_out' }, { plain: 'signin' }],
    ['the way out of WeChat before all else', { weChat: true, hasKey: false }, { plain: 'wechat' }],
  ]
  it.each(cases)('%s', (_name, over, want) => expect(face(facts(over))).toEqual(want))
})
