import { homedir, userInfo } from 'node:os'
import { isAbsolute, join } from 'node:path'
import type { Io } from './io.ts'

/**
 * The user's home folder. A HOME that is empty or not absolute counts as not set: what is the user's own
 * must never be looked for in the current folder, which may come from someone else.
 */
export function homeFolder({ HOME: home }: Io['env']): string {
  if (home !== undefined && isAbsolute(home)) return home
  try {
    const known = homedir()
    return isAbsolute(known) ? known : userInfo().homedir
  } catch {
    // Users without an entry, as in containers, have their home at the root.
    return '/'
  }
}

/** A path with a leading `~/` resolved: shells leave it alone in `--dir=~/x`. */
export function expandHome(path: string, env: Io['env']): string {
  return path === '~' || path.startsWith('~/') ? join(homeFolder(env), path.slice(1)) : path
}
