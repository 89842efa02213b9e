import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Builds the documentation site once, before its tests. */
export function setup(): void {
  const parameters = ['run', 'build', '--filter=@countersign/docs', '--output-logs=errors-only']
  execFileSync(join(root, 'node_modules/.bin/turbo'), parameters, {
    cwd: root,
    env: { ...process.env, TURBO_TELEMETRY_DISABLED: '1' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}
