// Puts facts on the page. The markup stands in index.html; nothing is created
// here but the paths of the code and the rosette.

import { clock, clockSeconds, dayOf, longDay, shortDay } from '@edl/kit/dates'
import { fill, pick, type Language } from '@edl/kit/i18n'
import type { Check } from './events'
import type { Face, Facts, Look, Plain } from './face'
import { drawing } from '@edl/kit/qr'
import { rosette } from './rosette'
import type { Shown } from './shown'
import { pages, words, type Words } from './words'

export const $ = <E extends Element = HTMLElement>(selector: string): E => document.querySelector<E>(selector)!

const ROSETTE_AFTER = 200 // ms: the code comes first

const put = (selector: string, text: string): void => {
  const element = $(selector)
  if (element.textContent !== text) element.textContent = text
}

export class View {
  private readonly w: Words
  private saidLast = ''

  constructor(private readonly language: Language) {
    this.w = words[language]
    document.title = this.w.title
    for (const element of document.querySelectorAll<HTMLElement>('[data-t]')) element.textContent = this.w[element.dataset.t as keyof Words]
    $('#dock').setAttribute('aria-label', this.w.actions)
    setTimeout(() => $('#rosette').setAttribute('d', rosette()), ROSETTE_AFTER)
  }

  show(face: Face, facts: Facts): void {
    const code = 'look' in face
    document.body.className = code ? `show ${face.look}` : `plain ${face.plain}`
    $('#stage').hidden = !code
    $('#plain').hidden = code
    if (code) this.stage(face.look, facts)
    else this.plain(face.plain, facts.shown)
  }

  private stage(look: Look, facts: Facts): void {
    const { w, language } = this
    const shown = facts.shown!
    const usable = look === 'usable'
    const word = look === 'unknown' ? w.unknown : w[shown.state as 'usable' | 'not_usable' | 'invalidated']
    put('#word', word)
    put('#who', [shown.maskedName, this.classes(shown)].join(' · '))
    $('#demo').hidden = !shown.demo
    this.fresh(facts)

    const tooLong = look === 'unknown'
    put('#reason', tooLong ? w.tooLong : pick(shown.sentence, language))
    put('#since', shown.since && !tooLong ? fill(w.since, { day: longDay(shown.since, language) }) : '')
    put('#nexttext', tooLong ? w.tooLongNext : pick(shown.next, language))
    put('#wheretext', tooLong ? '' : pick(shown.where, language))
    $('#since').hidden = !$('#since').textContent
    for (const part of ['#next', '#where']) $(part).hidden = !$(`${part}text`).textContent
    $('#why').hidden = usable

    $('#code').setAttribute('aria-label', usable || tooLong ? w.code : w.stopped)
    this.dock(look, shown)
    this.say(`${word} ${usable ? '' : pick(shown.sentence, language)}`)
  }

  /** Where something is to be mended, the keys lead to mending it. */
  private dock(look: Look, shown: Shown): void {
    const mend = look === 'not'
    const reapply = mend && shown.state === 'invalidated'
    const call = mend && !reapply && shown.phone !== ''
    $('#licence').hidden = mend
    $('#ask').hidden = !mend
    $('#reapply').hidden = !reapply
    $('#call').hidden = !call
    if (call) $<HTMLAnchorElement>('#call').href = `tel:${shown.phone}`
    $('#lock').hidden = reapply || call
  }

  private classes(shown: Shown): string {
    const [only, ...more] = shown.classes
    if (!only) return ''
    return more.length ? shown.classes.map((c) => c.code).join(' ') : `${only.code} ${pick(only.name, this.language)}`
  }

  /** How well the page knows what it says. */
  private fresh({ link, now, shown }: Facts): void {
    const { w } = this
    const age = now - shown!.checkedAt
    const at = age < 60_000 ? w.now : fill(w.at, { time: this.moment(shown!.checkedAt, now) })
    put('#fresh', `${w[link]} · ${at}`)
  }

  /** 10:05 of today, else the day. */
  private moment(at: number, now: number): string {
    return dayOf(at) === dayOf(now) ? clock(at) : shortDay(dayOf(at), this.language, now)
  }

  private plain(plain: Plain, shown?: Shown): void {
    const page = pages[this.language][plain]
    put('#title', page.title)
    put('#text', page.text || pick(shown?.sentence, this.language))
    put('#plainnext', page.text ? '' : pick(shown?.next, this.language))
    put('#note span', page.note ?? '')
    $('#note').hidden = !page.note
    const call: [string, string] | undefined = (plain === 'hidden' || plain === 'gone') && shown?.phone ? [this.w.call, `tel:${shown.phone}`] : undefined
    this.button('#first', page.first)
    this.button('#second', page.second ?? call)
    this.say(page.title)
  }

  private button(selector: string, to?: [string, string]): void {
    const link = $<HTMLAnchorElement>(selector)
    link.hidden = !to
    if (!to) return
    link.textContent = to[0]
    link.href = to[1] || location.pathname
  }

  purpose(challenged: boolean): void {
    put('#purpose', challenged ? this.w.challenged : this.w.purpose)
  }

  code(text: string): void {
    const { size, path } = drawing(text)
    const svg = $<SVGSVGElement>('#code')
    svg.setAttribute('viewBox', `0 0 ${size} ${size}`)
    svg.dataset.code = text
    svg.firstElementChild!.setAttribute('d', path)
    for (const animation of document.getAnimations?.() ?? []) {
      const name = (animation as CSSAnimation).animationName
      if (name === 'wane' || name === 'appear') animation.currentTime = 0
    }
  }

  tick(now: number, secondsLeft: number): void {
    for (const element of document.querySelectorAll('.clock')) element.textContent = clockSeconds(now)
    put('#left', String(secondsLeft))
  }

  /** Somebody checked the licence: said where the code stands. */
  met(check: Check): void {
    const met = $('#met')
    met.className = `met ${check.outcome}`
    const by = fill(this.w.met, { party: check.party, time: clock(check.at) })
    const result = pick(check.reason ?? check.word, this.language)
    put('.met .by', by)
    put('.met .result', result)
    met.hidden = false
    this.say(`${by} ${result}`)
  }

  meetOver(): void {
    $('#met').hidden = true
  }

  /** Tells screen readers once. */
  private say(text: string): void {
    if (text !== this.saidLast) put('#said', (this.saidLast = text))
  }
}
