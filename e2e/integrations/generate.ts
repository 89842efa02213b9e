import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { join } from 'node:path'

const here = import.meta.dirname
const run = (program: string, ...parameters: string[]) =>
  execFileSync(process.execPath, [join(here, 'node_modules', program), ...parameters], {
    cwd: join(here, 'clients'),
    stdio: ['ignore', 'ignore', 'inherit'],
  })

/** Generates the clients of `clients/openapi.yaml`. */
export function generateClients(): void {
  rmSync(join(here, 'generated'), { recursive: true, force: true })
  run('openapi-typescript/bin/cli.js', 'openapi.yaml', '-o', '../generated/openapi-fetch.ts')
  run(
    '@hey-api/openapi-ts/bin/run.js',
    '-i',
    'openapi.yaml',
    '-o',
    '../generated/hey-api',
    '-c',
    '@hey-api/client-fetch',
  )
  run('orval/dist/bin/orval.mjs', '--config', 'orval.config.ts')
}
