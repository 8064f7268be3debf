// @vitest-environment node
// @ts-expect-error the pages know no types of the machine that tests them
import { readFileSync } from 'node:fs'
// @ts-expect-error likewise
import { fileURLToPath } from 'node:url'
import { beforeEach, describe, expect, it, vi } from 'vitest'
// @ts-expect-error a script of the build, plain JavaScript
import { serviceWorker } from '../../h5/sw-build.mjs'

const path = (name: string): string => fileURLToPath(new URL(name, import.meta.url)) as string
const source = readFileSync(path('../sw.js'), 'utf8') as string
const handlers = new Map<string, (event: unknown) => void>()
const kept = new Map<string, string[]>() // files by cache, oldest cache first
const skipWaiting = vi.fn()
const caches = {
  keys: async () => [...kept.keys()],
  delete: async (name: string) => kept.delete(name),
  match: async (path: string, { cacheName }: { cacheName?: string }) => [...kept].filter(([name]) => !cacheName || name === cacheName).find(([, files]) => files.includes(path))?.[0],
}
new Function('self', 'caches', 'location', 'fetch', `const VERSION='2';const FILES=[];${source}`)(
  { addEventListener: (name: string, handle: (event: unknown) => void) => handlers.set(name, handle), skipWaiting, clients: { claim: async () => undefined } },
  caches, { origin: 'https://edl.example' }, async () => 'the server',
)
beforeEach(() => {
  kept.clear()
  kept.set('edl-driver-9', ['/driver/']).set('edl-verify-0', ['/verify/']).set('edl-verify-1', ['/verify/', '/verify/assets/old.js']).set('edl-verify-2', ['/verify/', '/verify/assets/new.js'])
})

async function fetched(url: string, mode = 'no-cors', method = 'GET'): Promise<unknown> {
  let answer: unknown = 'left to the network'
  handlers.get('fetch')!({ request: { url, mode, method }, respondWith: (given: unknown) => (answer = given) })
  return answer
}

describe('the terminal’s worker', () => {
  it('lists the files of its folder under its own address', () => {
    const made = serviceWorker(path('../public'), source, '/verify/') as string
    expect(JSON.parse(/FILES = (.*)/.exec(made)![1]!)).toEqual(['/verify/icon.svg', '/verify/manifest.webmanifest'])
  })

  it.each([
    ['any page is the app’s one page', 'https://edl.example/verify/?x=1', 'navigate', 'edl-verify-2'],
    ['a file of this version', 'https://edl.example/verify/assets/new.js', 'no-cors', 'edl-verify-2'],
    ['a file of the version before, for a page of it that is open', 'https://edl.example/verify/assets/old.js', 'no-cors', 'edl-verify-1'],
    ['what is not kept', 'https://edl.example/verify/assets/other.js', 'no-cors', 'the server'],
    ['an answer of the server is never kept', 'https://edl.example/api/terminal/session', 'cors', 'left to the network'],
    ['the driver’s app is not its business', 'https://edl.example/driver/', 'navigate', 'left to the network'],
  ])('%s', async (_, url, mode, answer) => expect(await fetched(url, mode)).toBe(answer))

  it('keeps the version before, drops older ones, and touches nobody else’s', async () => {
    let done: Promise<void> | undefined
    handlers.get('activate')!({ waitUntil: (p: Promise<void>) => (done = p) })
    await done
    expect([...kept.keys()]).toEqual(['edl-driver-9', 'edl-verify-1', 'edl-verify-2'])
  })

  it('takes over when a page says so, and not before', () => {
    expect(skipWaiting).not.toHaveBeenCalled()
    handlers.get('message')!({ data: 'take over', waitUntil: () => undefined })
    expect(skipWaiting).toHaveBeenCalledOnce()
  })
})
