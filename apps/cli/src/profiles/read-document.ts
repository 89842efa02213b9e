import { join } from 'node:path'
import { readBoundedFile } from '../files.ts'
import { UsageError } from '../usage-error.ts'

/** How a profile file is written. */
export type ConfigFormat = 'toml' | 'json'

/** A profile file, not parsed yet. */
export interface FoundDocument {
  path: string
  format: ConfigFormat
  text: string
  /** @throws {UsageError} when the text is not of its format. */
  parse(): Promise<Readonly<Record<string, unknown>>>
}

const longestFile = 64 * 1024

/**
 * The profile file of a folder.
 *
 * @throws {UsageError} when it cannot be read, or there are two.
 */
export async function findDocument(directory: string): Promise<FoundDocument | undefined> {
  const found: FoundDocument[] = []
  for (const format of ['toml', 'json'] as const) {
    const path = join(directory, `countersign.${format}`)
    const content = await readBoundedFile(path, longestFile)
    if (content === undefined) continue
    const text = content.toString('utf8')
    found.push({ path, format, text, parse: () => parseText(path, format, text) })
  }
  if (found.length > 1)
    throw new UsageError(`${directory} holds countersign.toml and countersign.json: keep one.`)
  return found[0]
}

/** The parsers' own messages quote the file, which may hold what must not be shown. */
async function parseText(
  path: string,
  format: ConfigFormat,
  text: string,
): Promise<Readonly<Record<string, unknown>>> {
  const plain = text.replace(/^\uFEFF/, '')
  if (format === 'json') {
    try {
      return toTable(JSON.parse(plain), plain, path)
    } catch (error) {
      throw error instanceof UsageError ? error : new UsageError(`${path} is not valid JSON.`)
    }
  }
  const { parse, TomlError } = await import('smol-toml')
  try {
    return parse(plain)
  } catch (error) {
    const where = error instanceof TomlError ? ` (line ${error.line}, column ${error.column})` : ''
    throw new UsageError(`${path} is not valid TOML${where}.`)
  }
}

function toTable(value: unknown, text: string, path: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${path} does not hold an object.`)
  if (hasDuplicateMembers(text))
    throw new UsageError(`${path} names a member twice in one object.`, 'Keep one of the two.')
  return value as Readonly<Record<string, unknown>>
}

/** Whether an object of valid JSON has two members of one name: a parser keeps the last without a word. */
function hasDuplicateMembers(text: string): boolean {
  const open: (Set<string> | undefined)[] = []
  const tokens = text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)
  for (const [token, string, colon] of tokens) {
    if (token === '{') open.push(new Set())
    else if (token === '[') open.push(undefined)
    else if (token === '}' || token === ']') open.pop()
    else if (colon !== undefined && string !== undefined) {
      const names = open.at(-1)
      const name = JSON.parse(string) as string
      if (names?.has(name) === true) return true
      names?.add(name)
    }
  }
  return false
}
