import { writeOutput } from '../files.ts'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'

/** Where content goes. */
export interface Destination {
  /** A path, or `-` for stdout. */
  out: string
  secret: boolean
  /** Whether the content is no text. */
  binary: boolean
  force: boolean
}

/** Writes content to its file, or to stdout as it is. */
export async function emitContent(
  content: Uint8Array,
  { out, secret, binary, force }: Destination,
  { stdout }: Io,
): Promise<void> {
  if (out !== '-') return writeOutput(out, content, { secret, force })
  if (binary && stdout.isTTY === true)
    throw new UsageError('DER is no text for a screen: pass --out FILE, or send it on.')
  stdout.write(content)
}
