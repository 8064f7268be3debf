import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

// The 亮码 page is built by its own workspace into ../dist/driver/code, so the
// folder is not emptied here: clean.mjs removes what this build wrote before.
export default defineConfig({
  base: '/driver/',
  plugins: [vue()],
  define: { __VUE_OPTIONS_API__: false, __VUE_PROD_DEVTOOLS__: false },
  build: { outDir: '../dist/driver', emptyOutDir: false, assetsInlineLimit: 0, target: 'es2022', modulePreload: { polyfill: false } },
  server: { proxy: { '/api': 'http://localhost:8080' } },
  test: { environment: 'happy-dom', include: ['src/**/*.spec.ts'] },
})
