import { readFileSync } from 'node:fs'
import { hostname } from 'node:os'

/** A process, as files name it. */
export interface ProcessIdentity {
  pid: number
  host: string
  /** When it began: a process ID alone may be used again, as in a restarted container. */
  started?: string | undefined
}

/** This process. */
export function ownIdentity(): ProcessIdentity {
  const { pid } = process
  return { pid, host: hostname(), started: startOf(pid) }
}

/** The identity in what a file holds, or `undefined` when it does not name one. */
export function parseIdentity(found: unknown): ProcessIdentity | undefined {
  const { pid, host, started } = (found ?? {}) as Partial<ProcessIdentity>
  if (!Number.isSafeInteger(pid) || Number(pid) <= 0 || typeof host !== 'string') return undefined
  return { pid: Number(pid), host, started }
}

/** Whether a process has certainly ended; of one on another computer nothing is known. */
export function hasEnded({ pid, host, started }: ProcessIdentity): boolean {
  if (host !== hostname()) return false
  if (!isRunning(pid)) return true
  const known = startOf(pid)
  // Our own identity always says when this process began.
  return known !== undefined && (pid === process.pid || started !== undefined) && started !== known
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // Another user's process cannot be signalled, but it runs.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** When a process began, only to be compared; of other processes, Linux alone says it. */
function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // Field 22 of proc_pid_stat(5), counted from the end of the name, which may hold anything.
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    return pid === process.pid ? String(Math.round(performance.timeOrigin)) : undefined
  }
}
