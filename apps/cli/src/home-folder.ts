import { homedir, userInfo } from 'node:os'
import { isAbsolute } from 'node:path'
import type { Io } from './io.ts'

/**
 * The person's home folder. A HOME that is empty or no whole path counts as not set: what is the person's own
 * must never be looked for in the current folder, which may be a stranger's.
 */
export function homeFolder({ HOME: home }: Io['env']): string {
  if (home !== undefined && isAbsolute(home)) return home
  try {
    const known = homedir()
    return isAbsolute(known) ? known : userInfo().homedir
  } catch {
    // Users without an entry, as containers have them, are at home at the root.
    return '/'
  }
}
