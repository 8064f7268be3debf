import { gzipSync } from 'node:zlib'
import vue from '@vitejs/plugin-vue'
import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

const BUDGET = 60 * 1024 // bytes, gzip
const FIRST = ['/HomePage.vue'] // loaded at once by a driver's first visit, beside the entry

// What the first load fetches, script and style, stays within the budget, or
// the build fails.
const budget: Plugin = {
  name: 'edl-budget',
  apply: 'build',
  enforce: 'post',
  generateBundle(_options, bundle) {
    const counted = new Set<string>()
    let size = 0
    const count = (name: string): void => {
      const item = bundle[name]
      if (!item || counted.has(name)) return
      counted.add(name)
      size += gzipSync(item.type === 'chunk' ? item.code : item.source).length
      if (item.type !== 'chunk') return
      for (const other of [...item.imports, ...(item.viteMetadata?.importedCss ?? [])]) count(other)
    }
    for (const item of Object.values(bundle)) {
      if (item.type === 'chunk' && (item.isEntry || FIRST.some((page) => item.facadeModuleId?.endsWith(page)))) count(item.fileName)
    }
    console.log(`the driver's app's first load: ${size} of ${BUDGET} bytes`)
    if (size > BUDGET) this.error('the first load exceeds its budget')
  },
}

// The 亮码 page is built by its own workspace into ../dist/driver/code, so the
// folder is not emptied here: clean.mjs removes what this build wrote before.
export default defineConfig({
  base: '/driver/',
  plugins: [vue(), budget],
  define: { __VUE_OPTIONS_API__: false, __VUE_PROD_DEVTOOLS__: false },
  build: { outDir: '../dist/driver', emptyOutDir: false, assetsInlineLimit: 0, target: 'es2022', modulePreload: { polyfill: false } },
  server: { proxy: { '/api': 'http://localhost:8080' } },
  test: { environment: 'happy-dom', include: ['src/**/*.spec.ts'] },
})
