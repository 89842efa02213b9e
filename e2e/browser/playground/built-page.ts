import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Where the built page is. */
export const pageFolder: string = join(root, 'apps/playground/dist')

/** Builds the page and the packages that it uses, and returns its address: a file, without a server. */
export function buildPage(): string {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: '1' }
  const turbo = ['run', 'build', '--filter=@countersign/playground', '--output-logs=errors-only']
  execFileSync(join(root, 'node_modules/.bin/turbo'), turbo, {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return pathToFileURL(join(pageFolder, 'index.html')).href
}
