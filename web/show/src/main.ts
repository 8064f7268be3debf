// The 亮码 page: the installed app opens here, so from its icon no tap is needed.
// It reads what the driver's app has kept, makes codes by itself, and asks the
// server whenever there is a network.

import './style.css'
import { applyLanguage, storedLanguage } from '@edl/kit/i18n'
import { deviceKey } from '@edl/kit/keystore'
import { makeCode } from '@edl/kit/livecode'
import { challengeOf } from './challenge'
import { startCycle, type Cycle } from './cycle'
import { hangUp, listen, type Check } from './events'
import { face, type Facts } from './face'
import { setUpForms } from './forms'
import { setUpLock, stayAwake } from './lock'
import { carry, keptParts, subject, type Parts } from './parts'
import { refresh, serial, stored, type Shown } from './shown'
import { $, View } from './view'
import { words } from './words'

const ASK_EVERY = 60_000 // ms, while the page is seen
const CLOCK_WRONG = 10_000 // ms
const MET = 8_000 // ms that a check stands in the code's place
const MET_WITH_REASON = 20_000 // longer where there is a reason to read

const language = storedLanguage()
applyLanguage(language)
const view = new View(language)
setUpLock(words[language])

let key: CryptoKey | undefined
let parts: Parts | undefined
let cycle: Cycle | undefined
let metTimer = 0
const facts: Facts = {
  weChat: /MicroMessenger/i.test(navigator.userAgent),
  hasKey: false,
  wasBound: localStorage.getItem('edl-bound') === '1',
  link: 'asking',
  now: 0,
}

const now = (): number => Date.now() + (facts.shown?.clockOffsetMs ?? 0)
const forms = setUpForms(words[language], (form) => subject(form, parts, now()) !== undefined, () => cycle?.renew())

function draw(): void {
  facts.now = now()
  const decided = face(facts)
  view.show(decided, facts)
  if ('look' in decided && !document.hidden) {
    cycle ??= startCycle(make, (left) => view.tick(now(), left), keyUnusable)
  } else {
    cycle?.stop()
    cycle = undefined
  }
}

async function make(): Promise<void> {
  const challenge = challengeOf(location.hash)
  view.purpose(challenge !== undefined)
  const carried = subject(forms.form, parts, now())
  if (!carried) forms.reset()
  view.code(await makeCode(key!, carried ?? serial(facts.shown!)!, Math.floor(now() / 1000), challenge))
}

/** A key that is there but cannot sign is a key that is gone. */
function keyUnusable(): void {
  facts.hasKey = false
  facts.wasBound = true
  draw()
}

async function ask(): Promise<void> {
  const before = facts.shown
  const outcome = navigator.onLine ? await refresh() : 'offline'
  if (typeof outcome === 'string') {
    facts.link = outcome
    if (outcome === 'signed_out' && facts.shown) facts.shown = { ...facts.shown, over: true }
  } else {
    facts.link = 'online'
    facts.shown = outcome
    listen(checked, () => void ask())
    void carry(outcome, parts).then((carried) => (parts = carried))
  }
  if (facts.shown?.state !== 'usable') forms.reset()
  draw()
  if (before && outdated(before, facts.shown!)) cycle?.renew()
}

/** The code on the screen bears an old serial, or the time of a clock that has been found wrong. */
const outdated = (before: Shown, now: Shown): boolean =>
  before.serial !== now.serial || Math.abs(before.clockOffsetMs - now.clockOffsetMs) > CLOCK_WRONG

function checked(check: Check): void {
  if (check.data) return // the list of checks has it
  view.met(check)
  cycle?.renew() // the one that was scanned is spent
  clearTimeout(metTimer)
  metTimer = window.setTimeout(meetOver, check.reason ? MET_WITH_REASON : MET)
  if (check.outcome !== 'usable') void ask()
}

function meetOver(): void {
  clearTimeout(metTimer)
  view.meetOver()
}

function seen(): void {
  if (document.hidden) {
    hangUp()
    draw()
    return
  }
  draw()
  void stayAwake()
  void ask()
}

async function start(): Promise<void> {
  if (!facts.weChat) {
    const [pair, shown, carried] = await Promise.all([deviceKey(), stored(), keptParts()]).catch(() => [undefined, undefined, undefined] as const)
    parts = carried
    key = pair?.privateKey
    facts.hasKey = key !== undefined
    facts.shown = shown
  }
  draw()
  if (!facts.hasKey) return
  document.addEventListener('visibilitychange', seen)
  addEventListener('online', () => void ask())
  addEventListener('offline', () => void ask())
  addEventListener('hashchange', () => cycle?.renew())
  $('.met button').addEventListener('click', meetOver)
  setInterval(() => document.hidden || void ask(), ASK_EVERY)
  seen()
}

void start()
if (import.meta.env.PROD) void navigator.serviceWorker?.register('/driver/sw.js', { scope: '/driver/' }).catch(() => undefined)
