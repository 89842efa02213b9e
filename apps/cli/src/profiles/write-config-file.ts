import { realpath } from 'node:fs/promises'
import { writeKeyFile } from '../keys/write-key-file.ts'
import type { ConfigFile } from './config-file.ts'
import type { TomlEdit } from './edit-toml.ts'

/** How a file of profiles is changed. */
export interface ConfigChange {
  /** Which of its tables become what. */
  edits: readonly TomlEdit[]
  /** All that it says afterwards. */
  wanted: Readonly<Record<string, unknown>>
}

/**
 * Writes a changed file of profiles in its place, or a new one, whole or not at all, for its owner's eyes
 * alone. A link stays a link: what it leads to is replaced. Says whether comments were kept.
 */
export async function changeConfigFile(
  { path, format, text }: Pick<ConfigFile, 'path' | 'format' | 'text'>,
  { edits, wanted }: ConfigChange,
): Promise<{ commentsKept: boolean }> {
  if (format === 'json') {
    await write(path, `${JSON.stringify(wanted, undefined, 2)}\n`)
    return { commentsKept: true }
  }
  const [{ editToml }, { stringify }] = await Promise.all([import('./edit-toml.ts'), import('smol-toml')])
  const edited = editToml(text.replace(/^\uFEFF/, ''), edits, wanted)
  await write(path, edited ?? `${stringify(wanted).trimEnd()}\n`)
  return { commentsKept: edited !== undefined || !text.includes('#') }
}

/** What is said where they were not. */
export const commentsLost = 'The file was written anew: the comments that it held are gone.'

async function write(path: string, text: string): Promise<void> {
  const target = await realpath(path).catch(() => undefined)
  await writeKeyFile(target ?? path, text, { secret: true, force: target !== undefined })
}
