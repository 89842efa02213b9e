import { defineConfig } from 'vitest/config'

/** They end what hangs, and nothing else. */
export default defineConfig({
  test: { include: ['test/*.test.ts'], testTimeout: 600_000, hookTimeout: 600_000 },
})
