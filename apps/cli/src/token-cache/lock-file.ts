import { randomUUID } from 'node:crypto'
import { rm, stat, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { setTimeout as pause } from 'node:timers/promises'
import { isDead, type LockHolder, type LockLimits, readLockHolder } from './lock-holder.ts'

/** Options of {@link lockFile}. */
export interface LockFileOptions {
  /** After this time a lock counts for nothing, and waiting for it ends. Milliseconds. */
  ttlMs: number
  /** The time, epoch milliseconds. */
  now: () => number
  /** Told once, when another holds the lock. */
  onWait?: (() => void) | undefined
}

const longestPauseMs = 100
/** Removing a dead lock takes a moment: a claim that is older was left by a killed process. */
const longestClaimMs = 2_000

/**
 * Takes a lock that is a file, and waits while another holds it. The lock of a process that is gone, or
 * that is older than `ttlMs`, is put aside. Resolves with the function that gives the lock back.
 *
 * @throws Error when the file cannot be written, or when the lock could not be had within `ttlMs`.
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
    if (holder === undefined) continue
    const dead = isDead(holder, limits)
    if (dead && (await removeDead(path, holder, limits))) continue
    if (!dead && !waiting) {
      waiting = true
      onWait?.()
    }
    if (performance.now() > until) throw new Error('The lock is held by another.')
    await pause(pauseMs)
  }
  return async () => {
    const holder = await readLockHolder(path)
    // Past its time the lock may be taken from us at any moment: then it is not ours to remove.
    if (holder?.id === id && !isDead(holder, limits)) await rm(path, { force: true })
  }
}

/** Makes the file, unless there is one. */
async function place(path: string, id: string, now: () => number): Promise<boolean> {
  const holder: LockHolder = { id, pid: process.pid, host: hostname(), at: now() }
  try {
    await writeFile(path, JSON.stringify(holder), { flag: 'wx', mode: 0o600 })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/**
 * Removes the lock of a dead holder and never the lock that was taken after it: of all who see it dead, one
 * has the claim, and looks again. Resolves with whether the way is free.
 */
async function removeDead(path: string, { id }: LockHolder, limits: LockLimits): Promise<boolean> {
  const claim = `${path}.${id}`
  if (!(await place(claim, randomUUID(), limits.now))) {
    const { mtimeMs } = await stat(claim).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (limits.now() - mtimeMs > longestClaimMs) await rm(claim, { force: true })
    return false
  }
  const seen = await readLockHolder(path)
  const still = seen?.id === id && isDead(seen, limits)
  if (still) await rm(path, { force: true })
  await rm(claim, { force: true })
  return still
}
