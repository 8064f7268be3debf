import type { Plugin } from 'vite'
import { defineConfig } from 'vitest/config'

// precache.json lists what this page needs without a network, for the service
// worker of the driver's app, whose scope covers it.
const precache: Plugin = {
  name: 'edl-precache',
  apply: 'build',
  enforce: 'post',
  generateBundle(_options, bundle) {
    const files = Object.keys(bundle).filter((name) => !name.endsWith('.html')).sort()
    this.emitFile({ type: 'asset', fileName: 'precache.json', source: JSON.stringify(['', ...files].map((name) => '/driver/code/' + name)) })
  },
}

export default defineConfig({
  base: '/driver/code/',
  plugins: [precache],
  build: { outDir: '../dist/driver/code', emptyOutDir: true, assetsInlineLimit: 0, target: 'es2022', modulePreload: false },
  server: { proxy: { '/api': 'http://localhost:8080' } },
  test: { environment: 'happy-dom', include: ['src/**/*.spec.ts'] },
})
