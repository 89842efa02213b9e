import type { Io } from '../io.ts'
import { currentFolder } from '../profiles/config-directory.ts'
import { UsageError } from '../usage-error.ts'

/**
 * The folder that a program runs in, which a flag or a variable names.
 *
 * @throws {UsageError} when it was removed.
 */
export function workingFolder(io: Io): string {
  const folder = io.cwd === undefined ? process.cwd() : currentFolder(io)
  if (folder !== undefined) return folder
  throw new UsageError(
    'The current folder was removed, and no program can run in it.',
    'Go to another folder.',
  )
}
