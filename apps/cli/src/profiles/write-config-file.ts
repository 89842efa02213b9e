import { realpath } from 'node:fs/promises'
import { writeKeyFile } from '../keys/write-key-file.ts'
import type { ConfigFile, ConfigFormat } from './config-file.ts'

/**
 * Writes a changed document in its file's place, whole or not at all, for its owner's eyes alone. A link
 * stays a link: what it leads to is replaced.
 */
export async function writeConfigFile(
  { path, format }: Pick<ConfigFile, 'path' | 'format'>,
  document: Readonly<Record<string, unknown>>,
): Promise<void> {
  await writeConfigText(path, await toConfigText(format, document))
}

/** The text of a document, without the comments that an earlier one had. */
export async function toConfigText(
  format: ConfigFormat,
  document: Readonly<Record<string, unknown>>,
): Promise<string> {
  if (format === 'json') return `${JSON.stringify(document, undefined, 2)}\n`
  return `${(await import('smol-toml')).stringify(document).trimEnd()}\n`
}

/** The same for a text; a file that is not there yet is made. */
export async function writeConfigText(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => undefined)
  await writeKeyFile(target ?? path, text, { secret: true, force: target !== undefined })
}
