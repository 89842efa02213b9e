import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Io, nowOf } from '../io.ts'
import { type NewKey, writeNewKey } from '../keys/make-key.ts'
import { lockFile } from '../token-cache/lock-file.ts'
import { makeFolder } from './make-folder.ts'
import { type SaveProfileOptions, saveProfile } from './save-profile.ts'

/** Writes the key that was made, and the profile: both, or neither. For these moments a signal is too late. */
export async function keep(
  made: NewKey | undefined,
  options: SaveProfileOptions,
  io: Io,
): Promise<{ commentsKept: boolean }> {
  const written: string[] = []
  const release = io.onSignal?.(() => undefined)
  try {
    if (made !== undefined) {
      await makeFolder(dirname(made.files.privateKey))
      await writeNewKey(made, { force: false, onWritten: (path) => void written.push(path) })
    }
    return await saveAlone(options, io)
  } catch (error) {
    await Promise.all(written.map((path) => rm(path, { force: true })))
    throw error
  } finally {
    release?.()
  }
}

/** Who reads the file while another writes it would take the other's profile out again. */
async function saveAlone(options: SaveProfileOptions, io: Io): Promise<{ commentsKept: boolean }> {
  const { file } = options
  await makeFolder(dirname(file))
  const limits = { ttlMs: longestSaveMs, now: () => nowOf(io) }
  // A folder that cannot be written to is told by what writes the file itself.
  const release = await lockFile(`${file}.lock`, limits).catch(() => undefined)
  try {
    return await saveProfile(options)
  } finally {
    await release?.()
  }
}

const longestSaveMs = 5_000
