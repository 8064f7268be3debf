/// <reference types="vitest/config" />
import vue from '@vitejs/plugin-vue'
import { defineConfig } from 'vite'

export default defineConfig({
  base: '/staff/',
  plugins: [vue()],
  build: { outDir: '../dist/staff', emptyOutDir: true, assetsInlineLimit: 0, target: 'es2022', rollupOptions: { input: ['index.html', 'party/index.html'] } }, // the second is a relying party's own page
  server: { proxy: { '/api': 'http://localhost:8080' } },
  test: { environment: 'happy-dom', include: ['src/**/*.spec.ts'] },
})
