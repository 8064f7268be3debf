// A demonstration of its own for a test: the real binary, on a port of its own,
// in a folder of its own, and what demo.json says of it.
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHmac, randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'

export const binary = process.env.EDL_BINARY ?? fileURLToPath(new URL('../../bin/edl', import.meta.url))

/** A demonstration that run.mjs invented once for all files; '': each invents its own. */
const invented = process.env.EDL_E2E_DEMO ?? ''

/** Invents a demonstration in a folder, to be copied. */
export async function invent(dir) {
  const code = await (await run(dir, '127.0.0.1:0', [])).end('SIGTERM')
  if (code !== 0) fail(`edl ended with ${code} after it invented a demonstration`)
}

/** Starts `edl serve --demo` and resolves once it is ready. `own`: an authority of its own, with keys that no other file's has. */
export async function startServer({ args = [], own = false } = {}) {
  const data = mkdtempSync(join(tmpdir(), 'edl-e2e-'))
  const dir = join(data, 'demo')
  if (invented && !own && !args.includes('--demo-clock')) for (const part of ['', '-keys']) cpSync(invented + part, dir + part, { recursive: true })
  let running = await run(dir, '127.0.0.1:0', args), ahead = 0
  return {
    dir,
    url: running.url,
    demo: JSON.parse(readFileSync(join(dir, 'demo.json'), 'utf8')),
    log: () => running.log(),
    driver(key) { return this.demo.drivers.find((d) => d.key === key) ?? fail(`no driver shows ${key}`) },
    staff(role, n = 0) { return this.demo.staff.filter((s) => s.roles.includes(role))[n] ?? fail(`nobody is ${role}`) },
    party(kind) { return this.demo.parties.find((p) => p.kind === kind) ?? fail(`no party is ${kind}`) },
    sms: (phone, after = 0) => newestCode(join(dir, 'outbox'), phone, after),
    messages: () => messages(join(dir, 'outbox')),
    feed(lines, name = `e2e-${randomUUID()}`) { return feed(this.demo.feed, lines, name) },
    /** Now by the demonstration's clock, ms. */
    now: () => Date.now() + ahead,
    /** Lets seconds pass by the demonstration's clock, until it is started again: what is due then is done without a wait. */
    async pass(seconds) {
      const response = await fetch(`${this.url}/api/demo/clock`, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify({ add: `${seconds}s` }) })
      if (!response.ok) fail(`the clock was not moved: ${await response.text()}`)
      ahead += seconds * 1000
    },
    /** Pulls the plug: nothing is drained, nothing said goodbye. */
    kill: () => running.end('SIGKILL'),
    /** Starts again on the same data and the same address. */
    async again(more = args) {
      await running.end('SIGTERM')
      ahead = 0
      running = await run(dir, new URL(this.url).host.replace('localhost', '127.0.0.1'), more)
    },
    async stop() {
      const code = await running.end('SIGTERM')
      rmSync(data, { recursive: true, force: true })
      return code
    },
  }
}

/** Runs the program until it says `ready URL`. */
async function run(dir, listen, args) {
  if (!existsSync(binary)) throw new Error(`${binary} is not built: run make build`)
  const child = spawn(binary, ['serve', '--demo', '--data', dir, '--listen', listen, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk) => { log += chunk })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const ready = new Promise((resolve) => {
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
      const said = /^ready (\S+)$/m.exec(out)
      if (said) resolve(said[1])
    })
  })
  const url = await Promise.race([ready, ended.then((code) => fail(`edl ended with ${code} before it was ready:\n${log}`))])
  return {
    url,
    log: () => log,
    async end(signal) {
      if (child.exitCode === null && child.signalCode === null) child.kill(signal)
      return ended
    },
  }
}

const fail = (why) => { throw new Error(why) }

/** The text messages that were sent, the newest first. */
function messages(outbox) {
  if (!existsSync(outbox)) return []
  const files = readdirSync(outbox).filter((f) => f.endsWith('.json')).sort().reverse()
  return files.map((file) => JSON.parse(readFileSync(join(outbox, file), 'utf8')))
}

/** Waits for a one-time code that was sent to a phone after a message. */
async function newestCode(outbox, phone, after) {
  for (let tries = 0; tries < 300; tries++) {
    const found = messages(outbox).find((m) => m.seq > after && m.to === phone && m.code)
    if (found) return found
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`no code reached ${phone}`)
}

/** Delivers lines of the register's feed and returns the report. */
async function feed({ url, token }, lines, run) {
  const response = await fetch(`${url}?run=${encodeURIComponent(run)}&source=e2e`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/octet-stream' },
    body: lines.map((l) => JSON.stringify(l)).join('\n') + '\n',
  })
  const report = await response.json()
  if (!response.ok || report.refused?.length) throw new Error(`the feed refused: ${JSON.stringify(report)}`)
  return report
}

/** The TOTP code of a secret at a time (RFC 6238, SHA-1, 30 s, six digits). */
export function totp(secret, at = Date.now()) {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'
  let bits = ''
  for (const c of secret.replace(/=+$/, '')) bits += alphabet.indexOf(c).toString(2).padStart(5, '0')
  const key = Buffer.from(bits.match(/.{8}/g).map((b) => parseInt(b, 2)))
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(Math.floor(at / 30000)))
  const mac = createHmac('sha1', key).update(counter).digest()
  const offset = mac[mac.length - 1] & 15
  return String((mac.readUInt32BE(offset) & 0x7fffffff) % 1000000).padStart(6, '0')
}
