import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { link, lstat, open, rm, writeFile } from 'node:fs/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { hasEnded, ownIdentity, type ProcessIdentity, parseIdentity } from './process-identity.ts'

/** Options of {@link lockFile}. */
export interface LockFileOptions {
  /** After this time a lock no longer counts, and waiting for it ends. Milliseconds. */
  ttlMs: number
  /** The time, epoch milliseconds. */
  now: () => number
  /** Called once, when another process or call holds the lock. */
  onWait?: (() => void) | undefined
}

/** Who holds a lock, as the lock's file says. */
interface LockHolder extends ProcessIdentity {
  id: string
  /** Since when the lock is held, epoch milliseconds. */
  at: number
}

type LockLimits = Pick<LockFileOptions, 'ttlMs' | 'now'>

/** The lock was held by another process or call for as long as a lock counts. */
export class LockHeldError extends Error {
  override readonly name = 'LockHeldError'

  constructor(path: string) {
    super(`The lock ${path} is held by another process.`)
  }
}

const longestPauseMs = 100
/** Removing a dead lock takes a moment: an older claim was left by a killed process. */
const longestClaimMs = 2_000
/** Writing a lock takes a moment: an older file that cannot be read was left by a killed process. */
const longestWritingMs = 2_000
const longestHolderBytes = 4_096
/** The ID of a holder whose file cannot be read. */
const unreadable = 'unreadable'

/**
 * Takes a lock that is a file, and waits while another holds it. The lock of a process that has ended, or
 * that is older than `ttlMs`, is removed. Resolves with the function that releases the lock.
 *
 * @throws Error when the file cannot be written. @throws {LockHeldError} when the lock was not released within `ttlMs`.
 */
export async function lockFile(
  path: string,
  { ttlMs, now, onWait }: LockFileOptions,
): Promise<() => Promise<void>> {
  const id = randomUUID()
  const limits = { ttlMs, now }
  const until = performance.now() + ttlMs
  let waiting = false
  for (let pauseMs = 10; !(await place(path, id, now)); pauseMs = Math.min(pauseMs * 2, longestPauseMs)) {
    const holder = await readLockHolder(path)
    const dead = holder !== undefined && isDead(holder, limits)
    if (dead && (await removeDead(path, holder, limits))) continue
    if (holder !== undefined && !dead && !waiting) {
      waiting = true
      onWait?.()
    }
    if (performance.now() > until) throw new LockHeldError(path)
    await pause(pauseMs)
  }
  return async () => {
    const holder = await readLockHolder(path)
    // After its time the lock may be taken from us at any moment: then it is not ours to remove.
    if (holder?.id === id && !isDead(holder, limits)) await rm(path, { force: true })
  }
}

/** Makes the file, unless there is one. It appears with its whole content, where the file system has hard links. */
async function place(path: string, id: string, now: () => number): Promise<boolean> {
  const holder: LockHolder = { id, ...ownIdentity(), at: now() }
  const text = JSON.stringify(holder)
  if ((await lstat(path).catch(() => undefined)) !== undefined) return false
  const written = `${path}.${randomUUID()}`
  try {
    await writeFile(written, text, { flag: 'wx', mode: 0o600 })
    return await unlessThere(() => link(written, path))
  } catch (error) {
    if (!withoutLinks.has((error as NodeJS.ErrnoException).code ?? '')) throw error
    return await unlessThere(() => writeFile(path, text, { flag: 'wx', mode: 0o600 }))
  } finally {
    await rm(written, { force: true })
  }
}

/** How file systems without hard links say so. */
const withoutLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK'])

async function unlessThere(make: () => Promise<void>): Promise<boolean> {
  try {
    await make()
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes the lock of a dead holder and never the lock that was taken after it: of all who see it dead, one
 * has the claim, and looks again. Resolves with whether the lock is free.
 */
async function removeDead(path: string, { id }: LockHolder, limits: LockLimits): Promise<boolean> {
  const claim = `${path}.${id}`
  if (!(await place(claim, randomUUID(), limits.now))) {
    const other = await readLockHolder(claim)
    const left = other !== undefined && isDead(other, { ...limits, ttlMs: longestClaimMs })
    if (left) await rm(claim, { force: true })
    return false
  }
  try {
    const seen = await readLockHolder(path)
    const still = seen?.id === id && isDead(seen, limits)
    if (still) await rm(path, { force: true })
    return still
  } finally {
    await rm(claim, { force: true })
  }
}

/**
 * The holder that a lock's file names, or `undefined` when there is no such file. A link, a pipe or a folder
 * is not opened: it counts as a file that cannot be read.
 */
async function readLockHolder(path: string): Promise<LockHolder | undefined> {
  try {
    const file = await lstat(path)
    const holder = file.isFile() ? parseHolder(await readStart(path)) : undefined
    return holder ?? { id: unreadable, pid: 0, host: '', at: file.mtimeMs }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function readStart(path: string): Promise<string> {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants
  const file = await open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(longestHolderBytes), 0, longestHolderBytes, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}

/** Whether a lock no longer counts: too old, of a future time, or of a process that has ended. */
function isDead(holder: LockHolder, { ttlMs, now }: LockLimits): boolean {
  const { id, at } = holder
  const limitMs = id === unreadable ? Math.min(ttlMs, longestWritingMs) : ttlMs
  if (Math.abs(now() - at) > limitMs) return true
  return hasEnded(holder)
}

/** A file that is being written just now, or was left half written, names no holder. */
function parseHolder(text: string): LockHolder | undefined {
  try {
    const holder = JSON.parse(text) as Partial<LockHolder>
    const { id, at } = holder
    // The ID becomes part of a file's name.
    if (typeof id !== 'string' || !/^[\da-f-]{36}$/.test(id)) return undefined
    const identity = parseIdentity(holder)
    return identity && typeof at === 'number' ? { id, ...identity, at } : undefined
  } catch {
    return undefined
  }
}
