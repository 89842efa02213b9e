import { readFile } from 'node:fs/promises'
import { type Io, readStdin } from '../io.ts'
import { UsageError } from '../usage-error.ts'

/** The bytes of a key: of the file, or of stdin for `-`. */
export async function readKeySource(path: string, io: Io): Promise<Uint8Array> {
  if (path === '-') return readStdin(io)
  try {
    return new Uint8Array(await readFile(path))
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(`the file ${path} cannot be read (${code}). Pass a path, or - for stdin.`)
  }
}
