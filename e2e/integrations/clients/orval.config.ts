import { defineConfig } from 'orval'

export default defineConfig({
  utgl: {
    input: './openapi.yaml',
    output: {
      target: '../generated/orval.ts',
      client: 'fetch',
      override: { mutator: { path: './orval-fetch.ts', name: 'orvalFetch' } },
    },
  },
})
