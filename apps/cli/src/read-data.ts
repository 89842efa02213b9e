import { readFile } from 'node:fs/promises'
import { type Io, readStdin } from './io.ts'
import { UsageError } from './usage-error.ts'

/** The bytes that `--data`, or another flag, stands for: text, `@file` byte for byte, or `-` for stdin. */
export async function readData(data: string, io: Io, flag = '--data'): Promise<Uint8Array<ArrayBuffer>> {
  if (data === '-' || data === '@-') return readStdin(io)
  if (!data.startsWith('@')) return new TextEncoder().encode(data)
  try {
    return new Uint8Array(await readFile(data.slice(1)))
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(`the file that ${flag} names cannot be read (${code}).`)
  }
}
