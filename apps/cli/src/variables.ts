import { resolve } from 'node:path'
import { describeUnreadable, readKeyBytes } from './files.ts'
import { expandHome } from './home-folder.ts'
import type { Io } from './io.ts'
import { UsageError } from './usage-error.ts'

/** What a variable holds, or the file that its twin `<name>_FILE` names. */
export interface Variable {
  /** The variable that is set: the name itself, or its twin. */
  name: string
  /** The value of the variable, or the bytes of the file. */
  content: string | Uint8Array<ArrayBuffer>
  /** The file, where the twin is set. */
  path: string | undefined
}

/**
 * Which of a variable and its twin `<name>_FILE` is set; an empty one counts as not set.
 *
 * @throws {UsageError} when both are set.
 */
export function findVariable(name: string, { env }: Pick<Io, 'env'>): string | undefined {
  const twin = `${name}_FILE`
  const set = [name, twin].filter((each) => (env[each] ?? '') !== '')
  if (set.length === 2) throw new UsageError(`${name} and ${twin} are both set.`, 'Unset one of them.')
  return set[0]
}

/** Whether a variable or its twin is set. */
export function isVariableSet(name: string, { env }: Pick<Io, 'env'>): boolean {
  return (env[name] ?? '') !== '' || (env[`${name}_FILE`] ?? '') !== ''
}

/**
 * A variable, or the file that its twin names, as container platforms mount secrets. A file is read up to the
 * size of a key, and noted, so that it can be followed.
 *
 * @throws {UsageError} when both are set, or the file cannot be read.
 */
export async function readVariable(name: string, io: Io): Promise<Variable | undefined> {
  const found = findVariable(name, io)
  if (found === undefined) return undefined
  const value = io.env[found] ?? ''
  if (found === name) return { name, content: value, path: undefined }
  const path = resolve(expandHome(value, io.env))
  try {
    await io.noteFile?.(path)
    return { name: found, content: await readKeyBytes(path), path }
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(describeUnreadable(value, code, found), 'Set it to the path of a file.')
  }
}

/**
 * The text of a variable or of its file, without the line break with which editors and `echo` end a file.
 *
 * @throws {UsageError} when both are set, or the file cannot be read.
 */
export async function readTextVariable(name: string, io: Io): Promise<string | undefined> {
  const variable = await readVariable(name, io)
  return variable === undefined ? undefined : toText(variable)
}

/** The text of a variable, without the line break that ends a file. */
export function toText({ content }: Variable): string {
  return typeof content === 'string' ? content : new TextDecoder().decode(content).replace(/\r?\n$/, '')
}
