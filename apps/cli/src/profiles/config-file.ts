import { readFile } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { homeFolder } from '../home-folder.ts'
import type { Io } from '../io.ts'
import { loadProviders } from '../providers.ts'
import { UsageError } from '../usage-error.ts'
import { type Config, parseConfig } from './parse-config.ts'

/** A file of profiles, read and checked. */
export interface ConfigFile extends Config {
  path: string
  format: ConfigFormat
  /** All of it, comments too. */
  text: string
  /** What stands in it, as it stands there. */
  document: Readonly<Record<string, unknown>>
}

/** How a file of profiles is written. */
export type ConfigFormat = 'toml' | 'json'

/** Where a person's own file is: `countersign` in XDG_CONFIG_HOME, if that is absolute, else in `~/.config`. */
export function configDirectory(env: Io['env']): string {
  const { XDG_CONFIG_HOME: config } = env
  return join(
    config !== undefined && isAbsolute(config) ? config : join(homeFolder(env), '.config'),
    'countersign',
  )
}

/**
 * The file of profiles of one folder: `countersign.toml` or `countersign.json`; `foreign` for the current one.
 *
 * @throws {UsageError} when it cannot be read, or holds what it must not.
 */
export async function readConfigFileIn(
  directory: string,
  { foreign }: { foreign: boolean },
): Promise<ConfigFile | undefined> {
  const found = await findIn(directory)
  if (found === undefined) return undefined
  const { path, format, text } = found
  const document = await parseText(found)
  const config = parseConfig(document, { path, foreign, providers: await loadProviders() })
  return { ...config, path, format, text, document }
}

/** The folder that the shell is in; none where it was removed under the running shell. */
export function currentFolder({ cwd }: Io): string | undefined {
  try {
    return cwd?.()
  } catch {
    return undefined
  }
}

interface FoundFile {
  path: string
  format: ConfigFormat
  text: string
}

async function findIn(directory: string): Promise<FoundFile | undefined> {
  const formats = ['toml', 'json'] as const
  const found: FoundFile[] = []
  for (const format of formats) {
    const path = join(directory, `countersign.${format}`)
    const text = await readIfThere(path)
    if (text !== undefined) found.push({ path, format, text })
  }
  if (found.length > 1)
    throw new UsageError(`${directory} holds countersign.toml and countersign.json: keep one.`)
  return found[0]
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new UsageError(`${path} cannot be read (${code}).`)
  }
}

/** The parsers' own messages quote the file, which may hold what must not be shown. */
async function parseText({ path, format, text }: FoundFile): Promise<Readonly<Record<string, unknown>>> {
  const plain = text.replace(/^\uFEFF/, '')
  if (format === 'json') {
    try {
      return toTable(JSON.parse(plain), path)
    } catch (error) {
      throw error instanceof UsageError ? error : new UsageError(`${path} is not JSON.`)
    }
  }
  const { parse, TomlError } = await import('smol-toml')
  try {
    return parse(plain)
  } catch (error) {
    const where = error instanceof TomlError ? ` (line ${error.line}, column ${error.column})` : ''
    throw new UsageError(`${path} is not TOML${where}.`)
  }
}

function toTable(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw new UsageError(`${path} holds no object.`)
}
