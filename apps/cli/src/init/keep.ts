import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Io } from '../io.ts'
import { type NewKey, writeNewKey } from '../keys/make-key.ts'
import { makeFolder } from './make-folder.ts'
import { type SaveProfileOptions, saveProfile } from './save-profile.ts'

/** Writes the key that was made, and the profile: both, or neither. For these moments a signal is too late. */
export async function keep(
  made: NewKey | undefined,
  options: SaveProfileOptions,
  { onSignal }: Io,
): Promise<{ commentsKept: boolean }> {
  const written: string[] = []
  const release = onSignal?.(() => undefined)
  try {
    if (made !== undefined) {
      await makeFolder(dirname(made.files.privateKey))
      await writeNewKey(made, { force: false, onWritten: (path) => void written.push(path) })
    }
    return await saveProfile(options)
  } catch (error) {
    await Promise.all(written.map((path) => rm(path, { force: true })))
    throw error
  } finally {
    release?.()
  }
}
