import { rmSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Io } from '../io.ts'
import { type NewKey, writeNewKey } from '../keys/make-key.ts'
import { type SaveProfileOptions, saveProfile } from './save-profile.ts'

/** Writes the key that was made, and the profile: both, or neither. */
export async function keep(
  made: NewKey | undefined,
  options: SaveProfileOptions,
  { beforeInterrupt }: Io,
): Promise<{ commentsKept: boolean }> {
  const written: string[] = []
  const clean = () => {
    for (const path of written) rmSync(path, { force: true })
  }
  const forget = beforeInterrupt?.(clean)
  try {
    if (made !== undefined) {
      await mkdir(dirname(made.files.privateKey), { recursive: true, mode: 0o700 })
      await writeNewKey(made, { force: false, onWritten: (path) => void written.push(path) })
    }
    return await saveProfile(options)
  } catch (error) {
    clean()
    throw error
  } finally {
    forget?.()
  }
}
