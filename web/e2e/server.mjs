// A demonstration of its own for a test: the real binary, on a port of its own,
// in a folder of its own, and what demo.json says of it.
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, readdirSync, rmSync, existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createHmac } from 'node:crypto'
import { fileURLToPath } from 'node:url'

const binary = process.env.EDL_BINARY ?? fileURLToPath(new URL('../../bin/edl', import.meta.url))

/** Starts `edl serve --demo` and resolves once it is ready. */
export async function startServer({ args = [], data = mkdtempSync(join(tmpdir(), 'edl-e2e-')), keep = false } = {}) {
  if (!existsSync(binary)) throw new Error(`${binary} is not built: run make build`)
  const dir = join(data, 'demo')
  const child = spawn(binary, ['serve', '--demo', '--data', dir, '--listen', '127.0.0.1:0', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let log = ''
  child.stderr.on('data', (chunk) => { log += chunk })
  const url = await new Promise((resolve, reject) => {
    let out = ''
    child.stdout.on('data', (chunk) => {
      out += chunk
      const ready = /^ready (\S+)$/m.exec(out)
      if (ready) resolve(ready[1])
    })
    child.on('exit', (code) => reject(new Error(`edl ended with ${code} before it was ready:\n${log}`)))
  })
  const server = {
    url, dir, child,
    demo: JSON.parse(readFileSync(join(dir, 'demo.json'), 'utf8')),
    log: () => log,
    driver: (key) => server.demo.drivers.find((d) => d.key === key) ?? fail(`no driver shows ${key}`),
    staff: (role) => server.demo.staff.find((s) => s.roles.includes(role)) ?? fail(`nobody is ${role}`),
    party: (kind) => server.demo.parties.find((p) => p.kind === kind) ?? fail(`no party is ${kind}`),
    sms: (phone, after = 0) => newestCode(join(dir, 'outbox'), phone, after),
    feed: (lines, run = `e2e-${Date.now()}-${Math.random()}`) => feed(server, lines, run),
    async stop(signal = 'SIGTERM') {
      if (child.exitCode === null) {
        child.removeAllListeners('exit')
        const ended = new Promise((resolve) => child.once('exit', resolve))
        child.kill(signal)
        await ended
      }
      if (!keep) rmSync(data, { recursive: true, force: true })
      return child.exitCode
    },
  }
  return server
}

const fail = (why) => { throw new Error(why) }

/** Waits for the newest one-time code that was sent to a phone. */
async function newestCode(outbox, phone, after) {
  for (let tries = 0; tries < 100; tries++) {
    const files = existsSync(outbox) ? readdirSync(outbox).filter((f) => f.endsWith('.json')).sort().reverse() : []
    for (const file of files) {
      const message = JSON.parse(readFileSync(join(outbox, file), 'utf8'))
      if (message.seq > after && message.to === phone && message.code) return { code: message.code, seq: message.seq }
    }
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  throw new Error(`no code reached ${phone}`)
}

/** Delivers lines of the register's feed and returns the report. */
async function feed(server, lines, run) {
  const response = await fetch(`${server.demo.feed.url}?run=${encodeURIComponent(run)}&source=e2e`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${server.demo.feed.token}`, 'Content-Type': 'application/x-ndjson' },
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
