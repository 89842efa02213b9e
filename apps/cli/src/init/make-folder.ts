import { mkdir } from 'node:fs/promises'
import { UsageError } from '../usage-error.ts'

/**
 * Makes a folder for its owner alone, and those above it, where they are not there.
 *
 * @throws {UsageError} when it cannot be made.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(`the folder ${path} cannot be made (${code}).`)
  }
}
