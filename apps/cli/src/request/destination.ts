import { randomUUID } from 'node:crypto'
import { constants, rmSync } from 'node:fs'
import { type FileHandle, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { describeUnwritable } from '../files.ts'
import type { Io } from '../io.ts'
import { UsageError } from '../usage-error.ts'

/** Where an answer goes. */
export interface Destination {
  /** Whether it goes to a screen, and may be shown as people like it. */
  readonly screen: boolean
  write(chunk: Uint8Array | string): Promise<void>
  /** All is written: a file gets its name. */
  finish(): Promise<void>
  /** It came to nothing: no file is left. Does nothing once it is finished. */
  discard(): Promise<void>
}

/** Stdout; bytes as they are unless a person reads them. */
export function toStdout({ stdout }: Io, { raw = false }: { raw?: boolean } = {}): Destination {
  return {
    screen: !raw && stdout.isTTY === true,
    write: (chunk) => new Promise((resolve) => stdout.write(chunk, () => resolve())),
    finish: async () => undefined,
    discard: async () => undefined,
  }
}

/**
 * A file that appears whole or not at all: it is made aside and renamed, and taken away when a signal ends
 * the process. What is there already keeps its mode. A symbolic link is followed, also to a file that does not
 * exist yet; devices and pipes are written to.
 *
 * @throws {UsageError} when it cannot be written.
 */
export async function openFile(path: string, io: Io): Promise<Destination> {
  const failed = (error: unknown) => {
    const { code = 'unknown' } = error as { code?: string }
    return new UsageError(describeUnwritable(path, code), 'Choose another --output.')
  }
  const attempt = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error: unknown) => {
      throw failed(error)
    })
  const there = await stat(path).catch(() => undefined)
  if (there?.isDirectory() === true) throw failed({ code: 'EISDIR' })
  if (there !== undefined && !there.isFile()) return toDevice(await attempt(openDevice(path)), attempt)
  const target = await attempt(there === undefined ? followLinks(path) : realpath(path))
  const aside = join(dirname(target), `.${basename(target)}.${randomUUID()}`)
  const file = await attempt(open(aside, 'wx'))
  const forget = io.beforeInterrupt?.(() => rmSync(aside, { force: true }))
  let over = false
  const end = async (last: () => Promise<void>) => {
    if (over) return
    over = true
    try {
      await file.close()
      await last()
    } finally {
      await rm(aside, { force: true })
      forget?.()
    }
  }
  if (there !== undefined) await file.chmod(there.mode & 0o777).catch(() => undefined)
  return {
    screen: false,
    write: (chunk) => attempt(file.appendFile(chunk)),
    finish: () => attempt(end(() => rename(aside, target))),
    discard: () => end(async () => undefined),
  }
}

const mostLinks = 40

/** Where a path leads to at which nothing is yet. */
async function followLinks(path: string, followed = 0): Promise<string> {
  const next = await readlink(path).catch(() => undefined)
  if (next === undefined) return path
  if (followed === mostLinks) throw Object.assign(new Error(), { code: 'ELOOP' })
  return followLinks(resolve(dirname(path), next), followed + 1)
}

/** Opens a device or a pipe. A pipe without a reader is refused (ENXIO): to wait for one may last for ever. */
async function openDevice(path: string): Promise<FileHandle> {
  const probe = await open(path, constants.O_WRONLY | (constants.O_NONBLOCK ?? 0))
  try {
    return await open(path, 'w')
  } finally {
    await probe.close()
  }
}

function toDevice(file: FileHandle, attempt: <T>(work: Promise<T>) => Promise<T>): Destination {
  let over = false
  const end = async () => {
    if (over) return
    over = true
    await file.close()
  }
  return { screen: false, write: (chunk) => attempt(file.appendFile(chunk)), finish: end, discard: end }
}
