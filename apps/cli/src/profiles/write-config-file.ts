import { realpath } from 'node:fs/promises'
import { writeKeyFile } from '../keys/write-key-file.ts'
import type { ConfigFile } from './config-file.ts'

/**
 * Writes a changed document in its file's place, whole or not at all, for its owner's eyes alone. A link
 * stays a link: what it leads to is replaced.
 */
export async function writeConfigFile(
  { path, format }: Pick<ConfigFile, 'path' | 'format'>,
  document: Readonly<Record<string, unknown>>,
): Promise<void> {
  const text =
    format === 'json'
      ? `${JSON.stringify(document, undefined, 2)}\n`
      : `${(await import('smol-toml')).stringify(document).trimEnd()}\n`
  await writeKeyFile(await realpath(path), text, { secret: true, force: true })
}
