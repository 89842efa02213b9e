import { readFile, stat } from 'node:fs/promises'
import { hostname } from 'node:os'

/** Who holds a lock, as the lock's file says. */
export interface LockHolder {
  id: string
  pid: number
  host: string
  /** Since when, epoch milliseconds. */
  at: number
}

/** What a lock is judged by. */
export interface LockLimits {
  /** How long a lock counts, milliseconds. */
  ttlMs: number
  /** The time, epoch milliseconds. */
  now: () => number
}

/** The name of a holder whose file says nothing. */
const unreadable = 'unreadable'
/** Writing the file takes a moment: what says nothing for longer was left by a killed process. */
const longestWritingMs = 2_000

/** The holder that a lock's file names, or `undefined` when there is no such file. */
export async function readLockHolder(path: string): Promise<LockHolder | undefined> {
  try {
    const [text, { mtimeMs }] = await Promise.all([readFile(path, 'utf8'), stat(path)])
    return parseHolder(text) ?? { id: unreadable, pid: 0, host: '', at: mtimeMs }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whether a lock counts for nothing: too old, of a time to come, or of a process that is no longer there. */
export function isDead({ id, pid, host, at }: LockHolder, { ttlMs, now }: LockLimits): boolean {
  const limitMs = id === unreadable ? Math.min(ttlMs, longestWritingMs) : ttlMs
  return Math.abs(now() - at) > limitMs || (host === hostname() && !isRunning(pid))
}

/** Of a file that is being written just now, or was left half written, nothing can be told. */
function parseHolder(text: string): LockHolder | undefined {
  try {
    const { id, pid, host, at } = JSON.parse(text) as Partial<LockHolder>
    // The id becomes part of a file's name.
    if (typeof id !== 'string' || !/^[\da-f-]{36}$/.test(id)) return undefined
    if (!Number.isSafeInteger(pid) || Number(pid) <= 0 || typeof host !== 'string') return undefined
    return typeof at === 'number' ? { id, pid: Number(pid), host, at } : undefined
  } catch {
    return undefined
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Another user's process may not be asked, and is there.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
