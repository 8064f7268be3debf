// The page must be there at once on an old phone: all its script, compressed,
// stays within the budget, or the build fails.
import { readFileSync, readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'

const BUDGET = 15 * 1024 // bytes

const built = fileURLToPath(new URL('../dist/driver/code/assets/', import.meta.url))
const early = fileURLToPath(new URL('../h5/public/early.js', import.meta.url))
const scripts = readdirSync(built).filter((name) => name.endsWith('.js')).map((name) => built + name)
const size = [...scripts, early].reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0)
console.log(`the code page's script: ${size} of ${BUDGET} bytes`)
if (size > BUDGET) process.exit(1)
