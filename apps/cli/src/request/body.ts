import { openAsBlob } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { describeUnreadable, readData } from '../files.ts'
import { expandHome } from '../home-folder.ts'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'

/** A body that can be sent more than once. */
export type Body = Uint8Array<ArrayBuffer> | Blob

/**
 * The body that `--data` or `--form` stands for: text, `@file`, or `-` for stdin. A regular file is not read
 * now: its `Blob` reads it whenever the body is sent.
 *
 * @throws {UsageError} when the file cannot be read.
 */
export async function openData(data: string, io: Io, flag = '--data'): Promise<Body> {
  if (!data.startsWith('@') || data === '@-') return readData(data, io, flag)
  const path = expandHome(data.slice(1), io.env)
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() !== true) return readData(data, io, flag)
  try {
    await (await open(path)).close()
    return await openAsBlob(path)
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(describeUnreadable(data.slice(1), code, flag))
  }
}
