// Browsers as people hold them: a phone, a terminal whose camera sees what the
// test puts before it, a desk.
import { chromium } from 'playwright-core'
import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const executablePath = process.env.EDL_CHROMIUM ?? '/usr/bin/chromium'
const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync']

/** Starts a browser without a camera. */
export const launch = (more = []) => chromium.launch({ executablePath, args: [...args, ...more] })

export const phoneView = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2, isMobile: true, hasTouch: true, locale: 'zh-CN' }
export const deskView = { viewport: { width: 1440, height: 900 }, locale: 'zh-CN' }

/** Opens a page whose errors fail the test that looks at `page.troubles`. */
export async function openPage(browser, options = phoneView) {
  const context = await browser.newContext(options)
  const page = await context.newPage()
  page.troubles = []
  page.on('pageerror', (error) => page.troubles.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (4\d\d|503)/.test(message.text())) page.troubles.push(message.text())
  })
  return page
}

const [width, height] = [640, 480]

/**
 * Starts a browser whose camera shows what `camera.show(png)` gives it: the
 * pixels of a screenshot, as a lens would see them. It begins with a grey wall.
 */
export async function launchWithCamera() {
  const dir = mkdtempSync(join(tmpdir(), 'edl-camera-'))
  const film = join(dir, 'camera.y4m')
  ffmpeg('-f', 'lavfi', '-i', `color=gray:s=${width}x${height}:r=5`, '-pix_fmt', 'yuv420p', '-frames:v', '5', film)
  const size = statSync(film).size
  const browser = await launch(['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-video-capture=${film}`])
  const wall = readFileSync(film)
  return {
    browser,
    /** Puts a picture before the camera; Chromium reads the film anew in each loop. */
    show(png) {
      const still = join(dir, 'still.png')
      const frames = join(dir, 'frames.y4m')
      writeFileSync(still, png)
      ffmpeg('-loop', '1', '-i', still, '-vf', `scale=${width}:${height}:force_original_aspect_ratio=decrease,pad=${width}:${height}:(ow-iw)/2:(oh-ih)/2:gray`, '-pix_fmt', 'yuv420p', '-r', '5', '-frames:v', '5', frames)
      overwrite(film, readFileSync(frames), size)
    },
    /** Takes the picture away. */
    clear: () => overwrite(film, wall, size),
    async close() {
      await browser.close()
      rmSync(dir, { recursive: true, force: true })
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
