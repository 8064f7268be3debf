// Writes dist/verify/sw.js after the terminal was built.
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { serviceWorker } from '../h5/sw-build.mjs'

const folder = fileURLToPath(new URL('../dist/verify/', import.meta.url))
writeFileSync(join(folder, 'sw.js'), serviceWorker(folder, readFileSync(new URL('sw.js', import.meta.url), 'utf8'), '/verify/'))
