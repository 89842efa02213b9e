import { defaultClientConditions, defaultServerConditions } from 'vite'
import { defineConfig } from 'vitest/config'
import { serviceProjects } from './tools/services.ts'

const source = '@countersign/source'

/** They end what hangs, and nothing else: no test may depend on how fast the computer is. */
const timeLimits = { testTimeout: 600_000, hookTimeout: 600_000 }

export default defineConfig({
  resolve: { conditions: [source, ...defaultClientConditions] },
  ssr: { resolve: { conditions: [source, ...defaultServerConditions] } },
  test: {
    // By default one processor is left idle.
    maxWorkers: '100%',
    reporters: ['default', './tools/vitest-summary.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: [
            '{packages,apps}/*/test/**/*.test.ts',
            'tools/test/**/*.test.ts',
            'e2e/{containers,mcp,oauth}/*.test.ts',
          ],
          exclude: [
            '**/node_modules/**',
            '**/*.authlib.test.ts',
            '**/*.go.test.ts',
            '**/*.redis.test.ts',
            '**/*openssl.test.ts',
            '**/*.shells.test.ts',
            '**/*.tinyproxy.test.ts',
          ],
          setupFiles: ['./tools/vitest-setup.ts'],
          ...timeLimits,
        },
      },
      ...serviceProjects(import.meta.dirname)
        .filter(({ run }) => run)
        .map(({ name, include, setup }) => ({
          extends: true as const,
          test: {
            name,
            include: [include],
            ...(setup !== undefined && { globalSetup: [setup] }),
            // `tools/redis-servers.ts` starts what this names.
            ...(name === 'valkey' && { env: { COUNTERSIGN_REDIS: 'valkey' } }),
            setupFiles: ['./tools/vitest-setup.ts'],
            ...timeLimits,
          },
        })),
    ],
  },
})
