import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Builds the packages, the page and the command once, before test files run beside each other. */
export function setup(): void {
  const filters = ['@countersign/cli', '@countersign/e2e^...'].map((name) => `--filter=${name}`)
  execFileSync(
    join(root, 'node_modules/.bin/turbo'),
    ['run', 'build', ...filters, '--output-logs=errors-only'],
    {
      cwd: root,
      env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
}
