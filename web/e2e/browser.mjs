// Browsers as people hold them: a phone, a terminal whose camera sees what the
// test puts before it, a desk.
import { chromium } from 'playwright-core'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, renameSync, rmSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const executablePath = process.env.EDL_CHROMIUM ?? '/usr/bin/chromium'
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** Starts a browser without a camera. */
export const launch = (more = []) => chromium.launch({ executablePath, args: [...args, ...more] })

export const phoneView = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: 'zh-CN' }
export const deskView = { viewport: { width: 1440, height: 900 }, locale: 'zh-CN' }

/** How long a test waits for what must happen, ms: a busy machine is slow, not wrong. */
export const patience = Number(process.env.EDL_E2E_PATIENCE ?? 60_000)

/** What went wrong in any page of this file: errors, breaches of the policy, requests that left the origin. */
export const troubles = []

/** What a browser says of a server that refuses or cannot be reached is no trouble of the page's. */
const expected = /status of (4\d\d|503)|net::ERR_|service worker navigation preload/

/**
 * EDL_E2E_SLOW=1500: what a page asks of /api leaves, and its answer arrives,
 * up to so many ms later, each time another span. A test that reads what is not
 * there yet, or a page that shows or takes what is not so yet, then fails in
 * most runs instead of in one of a hundred. Streams, downloads and workers are
 * left alone.
 */
const slow = Number(process.env.EDL_E2E_SLOW ?? 0)
/** What that may add to a span that a test measures, ms: two questions and their answers. */
export const slack = 4 * slow
const holdBack = (span) => {
  const direct = window.fetch
  const wait = () => new Promise((done) => setTimeout(done, Math.random() * span))
  window.fetch = async (what, options) => {
    const { pathname } = new URL(what instanceof Request ? what.url : what, location.href)
    if (!pathname.startsWith('/api/') || options?.keepalive) return direct(what, options)
    await wait()
    const answer = await direct(what, options)
    await wait()
    return answer
  }
}

/** Makes a browser's context one of this file's: patient, watched, and slow if it is to be. */
async function prepare(context) {
  context.setDefaultTimeout(patience)
  context.on('page', watch)
  if (slow) await context.addInitScript(holdBack, slow)
}

const touchScreens = new WeakSet()
/** Whether the page is on a device that is touched, not clicked. */
export const isTouched = (page) => touchScreens.has(page.context())

/** Opens a page of a device of its own. */
export async function openPage(browser, options = phoneView) {
  const context = await browser.newContext(options)
  if (options.hasTouch) touchScreens.add(context)
  await prepare(context)
  return context.newPage()
}

function watch(page) {
  let origin = ''
  const note = (what) => troubles.push(`${page.url()}: ${what}`)
  page.on('pageerror', (error) => note(error.stack ?? String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !expected.test(message.text())) note(message.text())
  })
  page.on('request', (request) => {
    const url = new URL(request.url())
    if (url.protocol === 'blob:' || url.protocol === 'data:') return
    origin ||= url.origin
    if (url.origin !== origin) note(`asked ${url.origin}`)
  })
}

/**
 * Starts a browser whose camera shows what `camera.show(png)` gives it: the
 * pixels of a picture, as a lens would see them. It begins with a grey wall.
 */
export async function launchWithCamera(size) {
  const camera = makeCamera(size)
  const browser = await launch(camera.args)
  return {
    browser, show: camera.show, clear: camera.clear, flicker: camera.flicker,
    async close() {
      await browser.close()
      camera.drop()
    },
  }
}

/**
 * A device with a camera that can be switched off and on again: what its
 * browser kept is there when it is opened the next time, with or without a
 * network.
 */
export function deviceWithCamera(size) {
  const camera = makeCamera(size)
  const profile = mkdtempSync(join(tmpdir(), 'edl-device-'))
  let context
  return {
    show: camera.show, clear: camera.clear,
    /** Switches the device on and opens an address. */
    async on(address, options = {}) {
      context = await chromium.launchPersistentContext(profile, { executablePath, args: [...args, ...camera.args], ...phoneView, permissions: ['camera'], ...options })
      touchScreens.add(context)
      await prepare(context)
      const page = await context.newPage()
      await page.goto(address)
      return page
    },
    off: () => context.close(),
    async close() {
      await context?.close()
      camera.drop()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

function makeCamera({ width = 640, height = 480 } = {}) {
  const dir = mkdtempSync(join(tmpdir(), 'edl-camera-'))
  const [film, still, frames] = ['camera.y4m', 'still.png', 'frames.y4m'].map((name) => join(dir, name))
  const toFilm = (to) => ffmpeg('-loop', '1', '-i', still, '-vf', `scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:gray,setsar=1,format=rgb24`, '-pix_fmt', 'yuv420p', '-r', '5', '-frames:v', '5', to)
  ffmpeg('-f', 'lavfi', '-i', `color=gray:s=${width}x${height}`, '-frames:v', '1', still)
  toFilm(film)
  const wall = readFileSync(film)
  return {
    args: ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`],
    /** Puts a picture before the camera; Chromium reads the film anew in each loop. */
    show(png) {
      writeFileSync(still, png)
      toFilm(frames)
      overwrite(film, readFileSync(frames), wall.length)
    },
    /** Takes the picture away. */
    clear: () => overwrite(film, wall, wall.length),
    drop: () => rmSync(dir, { recursive: true, force: true }),
    /**
     * Lets the camera come and go until the function that it returns is called.
     * One that is there when Chromium looks for cameras and gone when it is
     * started answers a page as one does that another program holds.
     */
    flicker() {
      const away = `${film}.away`
      let [there, timer] = [true, undefined]
      const turn = () => {
        renameSync(there ? film : away, there ? away : film)
        there = !there
      }
      timer = setInterval(turn, 2)
      return () => {
        clearInterval(timer)
        if (!there) turn()
      }
    },
  }
}

function ffmpeg(...more) {
  execFileSync('ffmpeg', ['-y', '-loglevel', 'error', ...more])
}

function overwrite(film, frames, size) {
  if (frames.length !== size) throw new Error(`a film of ${frames.length} bytes in the place of ${size}`)
  const file = openSync(film, 'r+')
  writeSync(file, frames, 0, frames.length, 0)
  closeSync(file)
}
