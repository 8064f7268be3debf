import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vitest/config'

export default defineConfig({
  base: '/demo/',
  plugins: [vue()],
  build: {
    outDir: '../dist/demo',
    emptyOutDir: true,
    assetsInlineLimit: 0, // a data: URL would break the policy
    target: 'es2022',
    modulePreload: { polyfill: false },
  },
  server: { proxy: { '^/(api|driver|verify|staff)': 'http://localhost:8080' } },
  test: { environment: 'happy-dom', include: ['src/**/*.spec.ts'] },
})
