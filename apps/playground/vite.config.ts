import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig } from 'vite'
import { licences } from '../../tools/licences.ts'
import { staticPage } from './build/static-page.ts'

export default defineConfig(({ command }) => ({
  base: './',
  plugins: [react(), staticPage(), licences()],
  // The page is built from the packages as they are published; while it is worked on, from their sources.
  ...(command === 'serve'
    ? { resolve: { conditions: ['@countersign/source', ...defaultClientConditions] } }
    : {}),
  server: { host: '127.0.0.1' },
  build: {
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    // A font in the style sheet would be one from `data:`, which the policy does not allow.
    assetsInlineLimit: 0,
    rolldownOptions: {
      // `api` is loaded when it is first used, and the page uses `fetch` only.
      external: ['ky'],
      // Radix gives its functions names that way, and so would keep those that nobody uses.
      treeshake: { manualPureFunctions: ['__name'] },
      output: { format: 'iife', codeSplitting: false },
      transform: { define: { 'import.meta': '{}' } },
    },
  },
}))
