import { randomUUID } from 'node:crypto'
import { constants, createReadStream, existsSync } from 'node:fs'
import {
  chmod,
  type FileHandle,
  link,
  lstat,
  mkdir,
  open,
  readFile,
  rename,
  rm,
  stat,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expandHome } from './home-folder.ts'
import { type Io, readStdin } from './io.ts'
import { UsageError } from './usage-error.ts'

/**
 * The file for a message: its path, unless the text may be a key or another secret that was passed where a
 * path belongs.
 */
function nameFile(path: string): string {
  return mayBeSecret(path) ? 'that was named' : path
}

/** Whether a text that was passed as a path may be a key or another secret. */
export function mayBeSecret(text: string): boolean {
  if (/[\n\r{}"]|-----|BEGIN/.test(text)) return true
  const isPath = dirname(text) !== '.' && existsSync(dirname(text))
  if (isPath) return false
  if (text.length > 255 || /^(eyJ|LS0t|MI[A-Z])[\w+/=.-]{16,}$/.test(text)) return true
  return /^[\w+/=%-]{24,}$/.test(text) && /\d/.test(text)
}

/** How {@link readInput} describes the file. */
export interface ReadInputOptions {
  /** What names the file, such as a flag; without it the file is named by its path alone. */
  flag?: string | undefined
  /** What to do instead. */
  hint?: string | undefined
  /** Whether it is a key, of which no more is read than a key may have. */
  key?: boolean | undefined
}

/**
 * The bytes of a file that the user named, or of stdin for `-`.
 *
 * @throws {UsageError} when the file cannot be read.
 */
export async function readInput(
  path: string,
  io: Io,
  { flag, hint = 'Pass a path, or - for stdin.', key = false }: ReadInputOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  if (path === '-') return readStdin(io)
  try {
    const place = expandHome(path, io.env)
    return key ? await readKeyBytes(place) : new Uint8Array(await readFile(place))
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw new UsageError(describeUnreadable(path, code, flag), hint)
  }
}

/** One byte more than the library accepts, so that a larger file is refused as too large. */
const keyBytes = 64 * 1024 + 1

/** The bytes of a key file; no more than a key may have of a path that leads to a device or an endless pipe. */
export async function readKeyBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = []
  for await (const chunk of createReadStream(path, { end: keyBytes - 1 })) chunks.push(chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

/** Why the file cannot be read that a flag or an argument names. */
export function describeUnreadable(path: string, code: string, flag: string | undefined): string {
  const by = flag === undefined ? '' : ` (${flag})`
  if (mayBeSecret(path))
    return `The value${flag === undefined ? '' : ` of ${flag}`} is not the path of a file. It may be a key, so it is not shown.`
  if (code === 'ENOENT') return `The file ${path}${by} does not exist (ENOENT).`
  if (code === 'EISDIR') return `${path}${by} is a folder, not a file (EISDIR).`
  if (code === 'EACCES')
    return `The file ${path}${by} cannot be read (EACCES). Check the permissions of the file and its folders.`
  return `The file ${path}${by} cannot be read (${code}).`
}

/** The bytes that a flag stands for: text, `@file` byte for byte, or `-` for stdin. */
export async function readData(data: string, io: Io, flag = '--data'): Promise<Uint8Array<ArrayBuffer>> {
  if (data === '-' || data === '@-') return readStdin(io)
  if (!data.startsWith('@')) return new TextEncoder().encode(data)
  return readInput(data.slice(1), io, { flag, hint: 'Check the path after @, or pass - for stdin.' })
}

/**
 * The bytes of a regular file of at most `limit` bytes; `undefined` when there is no such file. Pipes and
 * devices are not read: a link in someone else's folder may lead to one.
 *
 * @throws {UsageError} when it cannot be read, is not a regular file, or is larger.
 */
export async function readBoundedFile(path: string, limit: number): Promise<Buffer | undefined> {
  let file: FileHandle | undefined
  try {
    file = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0))
    if (!(await file.stat()).isFile()) throw new UsageError(`${path} is not a regular file.`)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(limit + 1), 0, limit + 1, 0)
    if (bytesRead > limit) throw new UsageError(`${path} is larger than ${limit / 1024} KiB.`)
    return buffer.subarray(0, bytesRead)
  } catch (error) {
    if (error instanceof UsageError) throw error
    const { code = 'unknown' } = error as { code?: string }
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined
    throw new UsageError(`${path} cannot be read (${code}).`)
  } finally {
    await file?.close()
  }
}

/** How a file is written. */
export interface WriteOutputOptions {
  /** Whether only its owner may read it: mode 0600, else 0644 as the umask allows. */
  secret: boolean
  /** Whether an existing file is replaced. */
  force: boolean
}

/** What {@link writeOutput} needs of the file system. */
export interface FileOperations {
  link: typeof link
  rename: typeof rename
}

/** The file system gives no hard links, or not to this user. */
export const withoutLinks: ReadonlySet<string> = new Set([
  'EPERM',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
  'EMLINK',
  'EXDEV',
])
/** The file cannot be replaced by another, but perhaps be written to: it is mounted, or its folder is protected. */
const notReplaceable = new Set(['EBUSY', 'EXDEV', 'EACCES', 'EPERM', 'EROFS'])

/**
 * Writes a file that appears whole and with its mode, or not at all: it is made beside its place,
 * exclusively, and then gets its name, by a link that fails where the name is taken, or with `force` by a
 * rename, which replaces a symbolic link and not what it leads to. Devices and pipes are written to.
 *
 * @throws {UsageError} when the file exists already, or cannot be written.
 */
export async function writeOutput(
  path: string,
  content: string | Uint8Array,
  { secret, force }: WriteOutputOptions,
  operations: FileOperations = { link, rename },
): Promise<void> {
  const mode = secret ? 0o600 : 0o644
  try {
    if (await isStream(path)) return await writeTo(await open(path, 'w'), content)
    await (force ? replaceFile(path, content, mode, operations) : createFile(path, content, mode, operations))
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    throw code === 'EEXIST' ? alreadyThere(path) : new UsageError(describeUnwritable(path, code))
  }
}

/** Whether a path leads to a device or a pipe, or to what the process has open. */
async function isStream(path: string): Promise<boolean> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return false
  if (/^\/(dev|proc)\//.test(path)) return true
  return found.isCharacterDevice() || found.isFIFO() || found.isBlockDevice()
}

async function createFile(
  path: string,
  content: string | Uint8Array,
  mode: number,
  { link: linkFile }: FileOperations,
): Promise<void> {
  const aside = await writeAside(path, content, mode)
  try {
    await linkFile(aside, path)
  } catch (error) {
    if (!withoutLinks.has(String((error as { code?: string }).code))) throw error
    await createInPlace(path, content, mode)
  } finally {
    await rm(aside, { force: true })
  }
}

async function createInPlace(path: string, content: string | Uint8Array, mode: number): Promise<void> {
  const file = await open(path, 'wx', mode)
  try {
    await writeTo(file, content)
  } catch (error) {
    await rm(path, { force: true })
    throw error
  }
}

async function replaceFile(
  path: string,
  content: string | Uint8Array,
  mode: number,
  { rename: renameFile }: FileOperations,
): Promise<void> {
  let aside: string | undefined
  try {
    aside = await writeAside(path, content, mode)
    await renameFile(aside, path)
  } catch (error) {
    const { code = '' } = error as { code?: string }
    const there = await stat(path).catch(() => undefined)
    if (!notReplaceable.has(code) || there?.isFile() !== true) throw error
    if (mode === 0o600) await chmod(path, mode)
    await writeTo(await open(path, 'w'), content)
  } finally {
    if (aside !== undefined) await rm(aside, { force: true })
  }
}

/** Makes a file beside the one that is wanted, with its mode from the first moment on. */
async function writeAside(path: string, content: string | Uint8Array, mode: number): Promise<string> {
  const aside = join(dirname(path), `.countersign-${randomUUID()}`)
  const file = await open(aside, 'wx', mode)
  try {
    await writeTo(file, content, { sync: true })
  } catch (error) {
    await rm(aside, { force: true })
    throw error
  }
  return aside
}

async function writeTo(
  file: FileHandle,
  content: string | Uint8Array,
  { sync = false }: { sync?: boolean } = {},
): Promise<void> {
  try {
    await file.writeFile(content)
    if (sync) await file.sync()
  } finally {
    await file.close()
  }
}

/** Why the file cannot be written that a flag or an argument names. */
export function describeUnwritable(path: string, code: string): string {
  if (mayBeSecret(path))
    return `The value is not the path of a file that can be written (${code}). It may be a key, so it is not shown.`
  if (code === 'EROFS') return `The file ${path} cannot be written: its file system is read-only (EROFS).`
  if (code === 'ENOENT') return `The file ${path} cannot be written: its folder does not exist (ENOENT).`
  if (code === 'EISDIR') return `${path} is a folder, not a file (EISDIR).`
  if (code === 'ELOOP')
    return `The file ${path} cannot be written: it is a link that leads to itself (ELOOP).`
  if (code === 'ENXIO') return `Nothing can be written to ${path}: no program reads from it (ENXIO).`
  if (code === 'EACCES')
    return `The file ${path} cannot be written (EACCES). Check the permissions of the file and its folder.`
  return `The file ${path} cannot be written (${code}).`
}

/** Fails early, before anything is made, when one of the files exists already. */
export async function checkNamesAreFree(paths: readonly string[], force: boolean): Promise<void> {
  if (new Set(paths).size < paths.length) throw new UsageError('Two files cannot have the same name.')
  if (force) return
  for (const path of paths) {
    const exists = await lstat(path).then(
      () => true,
      () => false,
    )
    if (exists && !(await isStream(path))) throw alreadyThere(path)
  }
}

function alreadyThere(path: string): UsageError {
  return new UsageError(
    `The file ${nameFile(path)} exists already and was not changed.`,
    '--force replaces it.',
  )
}

/**
 * Makes a folder that only its owner can use, and those above it, where they do not exist.
 *
 * @throws {UsageError} when it cannot be made.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 })
  } catch (error) {
    const { code = 'unknown' } = error as { code?: string }
    const file = code === 'EEXIST' || code === 'ENOTDIR' ? ' A part of its path is a file.' : ''
    throw new UsageError(`The folder ${nameFile(path)} cannot be made (${code}).${file}`)
  }
}
