// Removes what an earlier build of this app wrote, and nothing of driver/code.
import { readdirSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const out = fileURLToPath(new URL('../dist/driver/', import.meta.url))
const entries = (() => { try { return readdirSync(out) } catch { return [] } })()
for (const name of entries) if (name !== 'code') rmSync(out + name, { recursive: true })
