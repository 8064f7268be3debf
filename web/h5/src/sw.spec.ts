import { mkdtempSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeEach, describe, expect, it, vi } from 'vitest'
// @ts-expect-error a script of the build, plain JavaScript
import { address, filesBelow, serviceWorker } from '../sw-build.mjs'

const source = readFileSync(join(__dirname, '../sw.js'), 'utf8')

describe('the list of files', () => {
  const folder = mkdtempSync(join(tmpdir(), 'edl-'))
  beforeEach(() => {
    mkdirSync(join(folder, 'code/assets'), { recursive: true })
    for (const file of ['index.html', 'early.js', 'code/index.html', 'code/assets/main-1.js', 'sw.js']) writeFileSync(join(folder, file), file)
  })

  it('holds both apps and not the worker itself', () => {
    const made = serviceWorker(folder, source) as string
    expect(JSON.parse(/FILES = (.*)/.exec(made)![1]!)).toEqual(['/driver/code/assets/main-1.js', '/driver/code/', '/driver/early.js', '/driver/'])
    expect(filesBelow(folder)).toContain('sw.js')
  })

  it('changes its version with any file', () => {
    const version = (): string => /VERSION = '(\w+)'/.exec(serviceWorker(folder, source))![1]!
    const before = version()
    writeFileSync(join(folder, 'early.js'), 'other')
    expect(version()).not.toBe(before)
  })

  it('names pages by their folder', () => expect([address('index.html'), address('code/index.html'), address('a.js')]).toEqual(['/driver/', '/driver/code/', '/driver/a.js']))
})

describe('the worker', () => {
  const handlers = new Map<string, (event: unknown) => void>()
  const shown: unknown[][] = []
  const match = vi.fn(async (path: string) => ({ kept: path }))
  const self = {
    addEventListener: (name: string, handle: (event: unknown) => void) => handlers.set(name, handle),
    registration: { showNotification: async (...said: unknown[]) => void shown.push(said) },
  }
  new Function('self', 'caches', 'location', 'indexedDB', `const VERSION='1';const FILES=[];${source}`)(self, { match }, { origin: 'https://edl.example' }, {
    open: () => { const request = {} as { onerror?: () => void }; setTimeout(() => request.onerror?.()); return request },
  })
  const fetched = async (url: string, mode = 'no-cors', method = 'GET'): Promise<unknown> => {
    let answer: unknown = 'left to the network'
    handlers.get('fetch')!({ request: { url, mode, method }, respondWith: (given: unknown) => (answer = given) })
    return answer
  }

  it.each([
    ['a page of the app', 'https://edl.example/driver/', 'navigate', { kept: '/driver/' }],
    ['the 亮码 page, whatever its query', 'https://edl.example/driver/code/?x=1', 'navigate', { kept: '/driver/code/' }],
    ['a file', 'https://edl.example/driver/assets/a.js', 'no-cors', { kept: '/driver/assets/a.js' }],
    ['an answer of the server is never kept', 'https://edl.example/api/driver/licence', 'cors', 'left to the network'],
    ['the terminal is not its business', 'https://edl.example/verify/', 'navigate', 'left to the network'],
  ])('%s', async (_, url, mode, answer) => expect(await fetched(url, mode)).toEqual(answer))

  it('makes a notice of a push, with its link', async () => {
    let done: Promise<void> | undefined
    handlers.get('push')!({ data: { json: () => ({ id: 'm1', title: { zh: '已核发', en: 'Issued' }, body: '请查看', link: '#/licence' }) }, waitUntil: (p: Promise<void>) => (done = p) })
    await done
    expect(shown[0]).toMatchObject(['已核发', { body: '请查看', tag: 'm1', data: { link: '#/licence' } }])
  })
})
