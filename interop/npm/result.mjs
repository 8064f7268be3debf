// One line of the table: who, which way, what, and how it went.
import { execFileSync } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'

const dir = process.env.INTEROP_FILES
export const file = (name) => readFileSync(join(dir, name))
export const json = (name) => JSON.parse(file(name))

export function version(peer) {
  const require = createRequire(import.meta.url)
  for (let at = dirname(require.resolve(peer)); at !== '/'; at = dirname(at)) {
    try {
      const found = JSON.parse(readFileSync(join(at, 'package.json')))
      if (found.name === peer) return found.version
    } catch { /* further up */ }
  }
  return '?'
}

function line(peer, way, what, ok, note) {
  appendFileSync(process.env.INTEROP_RESULTS, JSON.stringify({ peer: `npm ${peer}`, version: version(peer), way, what, ok, note }) + '\n')
  console.log(`${ok ? 'ok  ' : ok === null ? 'peer' : 'FAIL'}  ${peer}  ${way}: ${what}${note ? '  ' + note : ''}`)
}

// they has a peer check what is ours: f throws, or returns false, if it refuses.
export async function they(peer, what, f) {
  try {
    const answer = await f()
    line(peer, 'they check ours', what, answer !== false, typeof answer === 'string' ? answer : '')
  } catch (error) {
    line(peer, 'they check ours', what, false, `${error.message}`.split('\n')[0].slice(0, 200))
  }
}

// faulty is they where the peer is known to refuse what is right, and why.
export async function faulty(peer, what, why, f) {
  try {
    await f()
    line(peer, 'they check ours', what, true, 'it no longer has the fault noted here')
  } catch {
    line(peer, 'they check ours', what, null, why)
  }
}

// refuse is they with something altered: the peer must refuse it, else its yes means nothing.
export async function refuse(peer, what, f) {
  try {
    const answer = await f()
    line(peer, 'they check ours', what, answer === false, answer === false ? 'refused' : 'accepted')
  } catch (error) {
    line(peer, 'they check ours', what, true, `refused: ${error.message}`.split('\n')[0].slice(0, 90))
  }
}

// we has edl verify check what a peer made.
export async function we(peer, what, make, ...flags) {
  try {
    const name = join(dir, `theirs-${peer.replace(/\W+/g, '-')}-${what.replace(/\W+/g, '-')}`)
    writeFileSync(name, await make())
    try {
      execFileSync(process.env.EDL, ['verify', '--json', ...flags, name], { cwd: dir })
      line(peer, 'we check theirs', what, true, '')
    } catch (error) {
      const failed = JSON.parse(error.stdout).checks.filter((c) => !c.ok).map((c) => c.detail)
      line(peer, 'we check theirs', what, false, failed[0].slice(0, 250))
    }
  } catch (error) {
    line(peer, 'we check theirs', what, false, `it made none: ${error.message}`.slice(0, 200))
  }
}
