// Writes ../days.json from the npm package chinese-days (MIT, Copyright (c) 2024
// Yawei Sun), which gathers the State Council's yearly notices on holidays.
//
// In an empty folder: npm install chinese-days@1.5.7; then here:
// node days.mjs FOLDER/node_modules/chinese-days > ../days.json
//
// Only the exceptions are kept: days from Monday to Friday that are off, and
// Saturdays and Sundays that are worked.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = process.argv[2]
if (!root) throw new Error('name the folder of the chinese-days package')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const { holidays, workdays } = JSON.parse(readFileSync(join(root, 'dist/chinese-days.json'), 'utf8'))

const weekend = (day) => [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay())
const compact = (days, year) => days.filter((d) => d.startsWith(year)).map((d) => d.slice(5).replace('-', '')).sort().join(' ')

const off = Object.keys(holidays).filter((d) => !weekend(d))
const on = Object.keys(workdays).filter(weekend)
const years = [...new Set([...off, ...on].map((d) => d.slice(0, 4)))].sort()
const lines = years.map((y) => `  ${JSON.stringify(y)}: ${JSON.stringify({ off: compact(off, y), on: compact(on, y) })}`)

console.log(`{
 "source": "npm chinese-days ${version}, from the State Council's yearly notices",
 "licence": "MIT, Copyright (c) 2024 Yawei Sun",
 "years": {
${lines.join(',\n')}
 }
}`)
