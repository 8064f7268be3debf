// A router of the size this app needs: addresses after the #, pages loaded when
// they are first opened, one guard, and a back arrow that knows whether there
// is a page to go back to. (vue-router alone is 10.6 KB of the 60 KB that the
// first load may weigh; this is 1.3 KB.)

import { defineComponent, h, markRaw, shallowReactive, type Component, type PropType } from 'vue'

export interface Meta {
  /** open: anybody; phone: a proved number; absent: one driver. */
  needs?: 'open' | 'phone'
  /** It binds this phone: nothing for one that is bound. */
  binds?: boolean
  /** The tab it belongs to; such pages carry the tab bar. */
  tab?: 'home' | 'licence' | 'messages' | 'me'
  /** Where the back arrow leads when there is no page before. */
  up?: string
}

export interface Page { path: string; load: () => Promise<{ default: Component }>; meta?: Meta }

export interface Place {
  path: string
  /** The path with its query. */
  fullPath: string
  query: Record<string, string>
  params: Record<string, string>
  meta: Meta
}

export type Target = string | { path: string; query?: Record<string, string | undefined> }

export interface Shown extends Place { component: Component | null }

/** What the address bar holds for a target, without the #. */
export function addressOf(target: Target): string {
  if (typeof target === 'string') return target
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(target.query ?? {})) if (value) query.set(key, value)
  const text = query.toString()
  return text ? `${target.path}?${text}` : target.path
}

/** The params of a path under a pattern such as /progress/:id; null where it does not fit. */
function fit(pattern: string, path: string): Record<string, string> | null {
  if (pattern === '*') return {}
  const wanted = pattern.split('/')
  const given = path.split('/')
  if (wanted.length !== given.length) return null
  const params: Record<string, string> = {}
  for (const [at, part] of wanted.entries()) {
    if (part.startsWith(':')) params[part.slice(1)] = decodeURIComponent(given[at]!)
    else if (part !== given[at]) return null
  }
  return params
}

export interface Guards {
  /** Where a visitor must go instead, or true. */
  admit: (to: Place) => Target | true
  /** A page could not be loaded. */
  failed: (error: unknown, to: Place) => void
}

export function createHashRouter(pages: Page[], guards: Guards) {
  const route = shallowReactive<Shown>({ path: '', fullPath: '', query: {}, params: {}, meta: {}, component: null })
  let mayLeave: () => boolean = () => true
  let turn = 0

  function find(address: string): { page: Page; place: Place } {
    const [path = '/', search = ''] = address.split(/\?(.*)/s)
    for (const page of pages) {
      const params = fit(page.path, path)
      if (params) return { page, place: { path, fullPath: address, query: Object.fromEntries(new URLSearchParams(search)), params, meta: page.meta ?? {} } }
    }
    throw new Error(`no page for ${address}`) // the table ends with *
  }

  /** Shows the page of an address, after the guard has had its say. */
  async function show(address: string, write: (address: string) => void): Promise<void> {
    const mine = ++turn
    const { page, place } = find(address)
    const verdict = guards.admit(place)
    if (verdict !== true) return show(addressOf(verdict), (other) => history.replaceState(history.state, '', `#${other}`))
    let component: Component
    try {
      component = markRaw((await page.load()).default)
    } catch (error) {
      return guards.failed(error, place)
    }
    if (mine !== turn) return // another page was asked for meanwhile
    mayLeave = () => true
    write(place.fullPath)
    Object.assign(route, place, { component })
  }

  const depth = (): number => (history.state as { depth?: number } | null)?.depth ?? 0
  const here = (): string => decodeURI(location.hash.slice(1)) || '/'

  async function push(target: Target): Promise<void> {
    const address = addressOf(target)
    if (address === route.fullPath || !mayLeave()) return
    await show(address, (shown) => history.pushState({ depth: depth() + 1 }, '', `#${shown}`))
    scrollTo(0, 0)
  }

  async function replace(target: Target): Promise<void> {
    await show(addressOf(target), (shown) => history.replaceState({ depth: depth() }, '', `#${shown}`))
    scrollTo(0, 0)
  }

  function moved(): void {
    if (here() === route.fullPath) return
    if (!mayLeave()) return history.pushState({ depth: depth() + 1 }, '', `#${route.fullPath}`)
    void show(here(), () => {})
  }

  return {
    route,
    push,
    replace,
    /** Back to the page before, or up where this one was opened directly. */
    back: (): void => (depth() > 0 ? history.back() : void replace(route.meta.up ?? '/')),
    /** While the guard says no, the shown page cannot be left; it lapses with the page. */
    holdWhile: (held: () => boolean): void => void (mayLeave = () => !held()),
    /** Shows the page of the present address and follows the browser's arrows. */
    async start(): Promise<void> {
      addEventListener('popstate', moved)
      await show(here(), () => {})
    },
    stop: (): void => removeEventListener('popstate', moved),
  }
}

export type HashRouter = ReturnType<typeof createHashRouter>

/** An ordinary link whose press does not reload; with modifiers it behaves as any link. */
export function linkTo(router: () => Pick<HashRouter, 'push' | 'replace'>) {
  return defineComponent({
    name: 'RouterLink',
    props: { to: { type: [String, Object] as PropType<Target>, required: true }, replace: Boolean },
    setup(props, { slots }) {
      const press = (event: MouseEvent): void => {
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey || event.button) return
        event.preventDefault()
        void router()[props.replace ? 'replace' : 'push'](props.to)
      }
      return () => h('a', { href: `#${addressOf(props.to)}`, onClick: press }, slots.default?.())
    },
  })
}
