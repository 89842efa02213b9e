import { spawnSync } from 'node:child_process'
import { existsSync, globSync, statSync, utimesSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The command, built. */
const command = 'apps/cli/dist/countersign.js'
const sources = [
  'pnpm-lock.yaml',
  'tools/tsdown.base.ts',
  'apps/cli/build/**',
  'apps/cli/src/**',
  'packages/*/src/**',
  '{apps/cli,packages/*}/{package.json,tsdown.config.ts}',
]

/** Whether the command was built after the last change to what it is built from. */
function isBuilt(): boolean {
  if (!existsSync(command)) return false
  const built = statSync(command).mtimeMs
  return sources.flatMap((pattern) => globSync(pattern)).every((path) => statSync(path).mtimeMs <= built)
}

/** Runs a program; ends this one with its status when it fails. */
function run(program: string, parameters: readonly string[]): void {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
  const { status } = spawnSync(program, parameters, { stdio: 'inherit', env })
  if (status !== 0) process.exit(status ?? 1)
}

process.chdir(fileURLToPath(new URL('..', import.meta.url)))
if (!isBuilt()) {
  console.error('Building the command; this is done once.')
  const turbo = ['exec', 'turbo', 'run', 'build', '--filter=@countersign/cli', '--output-logs=errors-only']
  const begun = new Date()
  run('pnpm', turbo)
  // A build that turbo finds in its cache keeps its old time.
  utimesSync(command, begun, begun)
}
run(process.execPath, [command, 'demo', ...process.argv.slice(2)])
