import { stat } from 'node:fs/promises'
import type { Io } from '../io.ts'
import { shownPath } from '../shell-quote.ts'
import { cacheDirectory } from './disk-token-store.ts'

/**
 * The command or step after which tokens can be kept: a folder of another user is given back; where none can be
 * made, another place is named.
 */
export async function cacheFix(env: Io['env']): Promise<string> {
  const directory = cacheDirectory(env)
  const shown = shownPath(directory, env)
  const owner = await stat(directory).then(
    ({ uid }) => uid,
    () => undefined,
  )
  if (owner === undefined || process.geteuid === undefined)
    return 'Set XDG_CACHE_HOME to a folder that you can write to.'
  return owner === process.geteuid()
    ? `chmod u=rwx,go= ${shown}`
    : `sudo chown -R "$(id -u):$(id -g)" ${shown}`
}
