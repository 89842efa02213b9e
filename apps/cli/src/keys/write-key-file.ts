import { randomUUID } from 'node:crypto'
import { link, lstat, open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { UsageError } from '../usage-error.ts'

/** How a key file is written. */
export interface WriteKeyFileOptions {
  /** Whether it is for its owner's eyes alone: mode 0600, else 0644 as the umask allows. */
  secret: boolean
  /** Whether a file that is there already is replaced. */
  force: boolean
}

/**
 * Writes a file that appears whole and with its mode, or not at all: it is made aside, exclusively, and then
 * gets its name, by a link that fails where the name is taken, or with `force` by a rename.
 *
 * @throws {UsageError} when the file is there already, or cannot be written.
 */
export async function writeKeyFile(
  path: string,
  content: string | Uint8Array,
  { secret, force }: WriteKeyFileOptions,
): Promise<void> {
  try {
    const aside = await writeAside(path, content, secret ? 0o600 : 0o644)
    try {
      await (force ? rename(aside, path) : link(aside, path))
    } finally {
      await rm(aside, { force: true })
    }
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw code === 'EEXIST' ? taken(path) : new UsageError(`the file ${path} cannot be written (${code}).`)
  }
}

/** Makes a file beside the one that is wanted, with its mode from the first moment on. */
async function writeAside(path: string, content: string | Uint8Array, mode: number): Promise<string> {
  const aside = join(dirname(path), `.${basename(path)}.${randomUUID()}`)
  const file = await open(aside, 'wx', mode)
  try {
    await file.writeFile(content)
    await file.sync()
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  } finally {
    await file.close()
  }
  return aside
}

/** Fails early, before anything is made, when one of the files is there already. */
export async function checkNamesAreFree(paths: readonly string[], force: boolean): Promise<void> {
  if (new Set(paths).size < paths.length) throw new UsageError('two files cannot have the same name.')
  if (force) return
  for (const path of paths) {
    const there = await lstat(path).then(
      () => true,
      () => false,
    )
    if (there) throw taken(path)
  }
}

function taken(path: string): UsageError {
  return new UsageError(`the file ${path} is there already, and is left as it is. --force replaces it.`)
}
