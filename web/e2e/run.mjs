// Runs the browser tests: `npm run e2e`, or with the names of some files behind
// it. The demonstration is invented once and copied by each file, and two files
// run at a time, since each waits much for what its pages do by the clock.
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { run } from 'node:test'
import { spec } from 'node:test/reporters'
import { invent } from './server.mjs'

/** What takes longest begins first, so that at the end no file runs alone. */
const long = ['a11y', 'status', 'camera', 'scan', 'photo', 'party', 'authorities', 'clerks', 'apply', 'devices', 'datacode', 'admission', 'coldstart', 'alone', 'inert', 'keyboard'].map((name) => `${name}.test.mjs`)

const chosen = process.argv.slice(2)
const files = chosen.length ? chosen : [...long, ...readdirSync('.').filter((name) => name.endsWith('.test.mjs') && !long.includes(name)).sort()]
const folder = mkdtempSync(join(tmpdir(), 'edl-e2e-demo-'))
process.env.EDL_E2E_DEMO = join(folder, 'demo') // each file's process has it
try {
  await invent(process.env.EDL_E2E_DEMO)
  const tests = run({ files: files.map((name) => resolve(name)), concurrency: 2, timeout: 1_200_000 })
  tests.on('test:fail', () => { process.exitCode = 1 })
  tests.compose(new spec()).pipe(process.stdout)
  await new Promise((done) => tests.once('end', done))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
