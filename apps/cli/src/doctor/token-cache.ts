import { constants } from 'node:fs'
import { access, readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { cacheDirectory } from '../disk-token-store.ts'
import type { Io } from '../io.ts'
import { type Judgement, ok, warn } from './finding.ts'
import { shownPath } from './shown-path.ts'

const about = { id: 'token-cache', provider: null }

/** Whether the folder where tokens are kept is its owner's alone. */
export async function judgeTokenCache({ env }: Io): Promise<Judgement> {
  const directory = cacheDirectory(env)
  const shown = shownPath(directory, env)
  try {
    const names = await openToOthers(directory)
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK)
    if (names === undefined) return ok(about, 'The folder of kept tokens is readable by you alone.')
    return warn(about, `Others can get at ${names}.`, `chmod -R go= ${shown}`)
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    if (code === 'ENOENT') return ok(about, 'No token is kept yet.')
    return warn(
      about,
      `The folder of kept tokens, ${shown}, cannot be used (${code}): every command gets a new token.`,
      await fixOf(directory, shown),
    )
  }
}

/** A folder of another user is given back; where none can be made, another place is named. */
async function fixOf(directory: string, shown: string): Promise<string> {
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

/** What of the folder others have permissions for; Windows has none. */
async function openToOthers(directory: string): Promise<string | undefined> {
  const isOpen = async (path: string) => ((await stat(path)).mode & 0o077) !== 0
  const folderIsOpen = await isOpen(directory)
  if (process.platform === 'win32') return undefined
  if (folderIsOpen) return 'the folder of kept tokens'
  for (const name of await readdir(directory))
    if (/\.(jwe|json)$/.test(name) && (await isOpen(join(directory, name)).catch(() => false)))
      return 'kept tokens'
  return undefined
}
