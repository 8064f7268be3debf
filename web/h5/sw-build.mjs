// Writes dist/driver/sw.js after the app and the 亮码 page were built: the list
// of all their files, and a version that changes with any of them.
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Every file below a folder, as paths with /. */
export function filesBelow(folder, under = folder) {
  return readdirSync(under, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesBelow(folder, join(under, entry.name)) : [relative(folder, join(under, entry.name)).replaceAll('\\', '/')]))
    .sort()
}

/** The address a file is asked for under: pages by their folder. */
export const address = (file, base = '/driver/') => base + file.replace(/(^|\/)index\.html$/, '$1')

export function serviceWorker(folder, source, base = '/driver/') {
  const files = filesBelow(folder).filter((file) => file !== 'sw.js' && !file.endsWith('.map'))
  const hash = createHash('sha256').update(source)
  for (const file of files) hash.update(file).update(readFileSync(join(folder, file)))
  return `const VERSION = '${hash.digest('hex').slice(0, 12)}'\nconst FILES = ${JSON.stringify(files.map((f) => address(f, base)))}\n${source}`
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = fileURLToPath(new URL('../dist/driver/', import.meta.url))
  const source = readFileSync(new URL('sw.js', import.meta.url), 'utf8')
  writeFileSync(join(folder, 'sw.js'), serviceWorker(folder, source))
}
