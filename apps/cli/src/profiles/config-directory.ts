import { isAbsolute, join } from 'node:path'
import { homeFolder } from '../home-folder.ts'
import { type Io, nowOf } from '../io.ts'
import { LockHeldError, lockFile } from '../lock-file.ts'
import { UsageError } from '../usage-error.ts'

/** Where the user's own configuration is: `countersign` in XDG_CONFIG_HOME, if that is absolute, else in `~/.config`. */
export function configDirectory(env: Io['env']): string {
  const { XDG_CONFIG_HOME: config } = env
  return join(
    config !== undefined && isAbsolute(config) ? config : join(homeFolder(env), '.config'),
    'countersign',
  )
}

/** The folder that the shell is in; none where it was removed under the running shell. */
export function currentFolder({ cwd }: Io): string | undefined {
  try {
    return cwd?.()
  } catch {
    return undefined
  }
}

const longestChangeMs = 5_000

/**
 * Changes a configuration file alone: a command that reads it while another writes it would undo that change. A
 * folder that cannot be written to is reported by what writes the file itself.
 *
 * @throws {UsageError} when another command is changing the file and does not finish.
 */
export async function withLock<Result>(path: string, io: Io, change: () => Promise<Result>): Promise<Result> {
  const lock = `${path}.lock`
  const release = await lockFile(lock, { ttlMs: longestChangeMs, now: () => nowOf(io) }).catch((error) => {
    if (!(error instanceof LockHeldError)) return undefined
    throw new UsageError(
      `Another command is changing ${path}, and has not finished.`,
      `Try again. If no other command is running, delete ${lock}.`,
    )
  })
  // From here on a signal would come too late: the change is made whole or not at all.
  const restore = io.onSignal?.(() => undefined)
  try {
    return await change()
  } finally {
    restore?.()
    await release?.()
  }
}
