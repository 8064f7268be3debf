// Runs the browser tests: `npm run e2e`, or with the names of some files behind
// it. The demonstration is invented once and copied by each file, and two files
// run at a time, since each waits much for what its pages do by the clock.
import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { invent } from './server.mjs'

const chosen = process.argv.slice(2)
const files = chosen.length ? chosen : readdirSync('.').filter((name) => name.endsWith('.test.mjs')).sort()
const folder = mkdtempSync(join(tmpdir(), 'edl-e2e-demo-'))
const demo = join(folder, 'demo')
try {
  await invent(demo)
  const tests = spawn(process.execPath, ['--test', '--test-concurrency=2', '--test-timeout=1200000', ...files], {
    stdio: 'inherit', env: { ...process.env, EDL_E2E_DEMO: demo },
  })
  process.exitCode = await new Promise((resolve) => tests.once('exit', (code) => resolve(code ?? 1)))
} finally {
  rmSync(folder, { recursive: true, force: true })
}
