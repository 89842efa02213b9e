import { defaultClientConditions, defineConfig } from 'vite'
import { licences } from '../../tools/licences.ts'
import { staticPage } from './build/static-page.ts'

export default defineConfig(({ command }) => ({
  base: './',
  plugins: [staticPage(), licences()],
  // The page is built from the published form of the packages; the development server uses their sources.
  ...(command === 'serve'
    ? { resolve: { conditions: ['@countersign/source', ...defaultClientConditions] } }
    : {}),
  server: { host: '127.0.0.1' },
  build: {
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    // An inlined font would be a `data:` URL, which the policy does not allow.
    assetsInlineLimit: 0,
    rolldownOptions: {
      output: { format: 'iife', codeSplitting: false },
      transform: { define: { 'import.meta': '{}' } },
    },
  },
}))
