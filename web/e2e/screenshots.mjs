// Renders the main pages and states into docs/screenshots.
import { mkdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { deskView, launch, launchWithCamera, phoneView } from './browser.mjs'
import { consoleOf, driverOf, openCode, photograph, scan, terminalOf, visit } from './people.mjs'
import { startServer } from './server.mjs'

const folder = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url))
mkdirSync(folder, { recursive: true })
const small = { ...phoneView, deviceScaleFactor: 1 }

const [server, phones, camera] = await Promise.all([startServer({ args: ['--demo-weeks', '4'] }), launch(), launchWithCamera()])
try {
  await driverPages()
  await terminalPages()
  await consolePages()
} finally {
  await Promise.all([phones.close(), camera.close()])
  await server.stop()
}

async function shoot(page, name) {
  await page.evaluate(() => document.fonts.ready)
  await page.waitForTimeout(900) // what moves has come to rest
  await page.screenshot({ path: `${folder}${name}.png` })
  console.log(name)
}

async function driverPages() {
  const { page } = await driverOf(server, phones, 'holder:2', small)
  await page.waitForTimeout(4000) // the notice of the binding is gone
  const views = { home: '/', licence: '/licence', messages: '/messages', paper: '/paper', rules: '/photo/rules?for=change', me: '/me' }
  for (const [name, path] of Object.entries(views)) {
    await visit(page, path)
    await shoot(page, `driver-${name}`)
  }
  await openCode(server, page)
  await shoot(page, 'driver-code')
  for (const [name, key, value] of [['large', 'edl-size', 'large'], ['dark', 'edl-theme', 'dark'], ['en', 'edl-lang', 'en']]) {
    await page.evaluate(([k, v]) => localStorage.setItem(k, v), [key, value])
    await page.goto(server.url + '/driver/#/')
    await page.reload()
    await page.getByTestId('opening').waitFor()
    await shoot(page, `driver-home-${name}`)
    await openCode(server, page)
    await shoot(page, `driver-code-${name}`)
    await page.evaluate((k) => localStorage.removeItem(k), key)
  }
  const first = await driverOf(server, phones, 'route:onfile', small)
  await visit(first.page, '/electronic')
  await first.page.getByTestId('prompt').waitFor()
  await first.page.waitForTimeout(4000)
  await shoot(first.page, 'driver-apply')
  const stopped = await driverOf(server, phones, 'held-status:B', small)
  await openCode(server, stopped.page)
  await shoot(stopped.page, 'driver-code-unusable')
}

async function terminalPages() {
  const good = await driverOf(server, phones, 'holder:3')
  const bad = await driverOf(server, phones, 'held-status:D')
  const police = await terminalOf(server, camera.browser, 'police')
  for (const [name, who] of [['usable', good], ['unusable', bad]]) {
    await openCode(server, who.page)
    await scan(police.page, camera, (await photograph(who.page)).png)
    await shoot(police.page, `terminal-${name}`)
    await police.page.getByTestId('next').click()
  }
}

async function consolePages() {
  const pages = { review: ['review', '/review'], window: ['window', '/window'], registrar: ['register', '/register'], audit: ['audit', '/audit'], system: ['parties', '/parties'] }
  for (const [role, [name, path]] of Object.entries(pages)) {
    const { page } = await consoleOf(server, phones, role)
    await page.setViewportSize({ width: deskView.viewport.width, height: deskView.viewport.height })
    await visit(page, path)
    await shoot(page, `console-${name}`)
    if (role === 'review') {
      await visit(page, '/stats')
      await page.getByTestId('period-month').click()
      await shoot(page, 'console-stats')
    }
    await page.context().close()
  }
}
