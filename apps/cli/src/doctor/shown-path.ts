import { homedir } from 'node:os'
import type { Io } from '../io.ts'
import { shellQuote } from '../shell-quote.ts'

/** A path for a command line, the home folder as `~`: reports are shown to others. */
export function shownPath(path: string, { HOME: home = homedir() }: Io['env']): string {
  const inside = home.length > 1 && path.startsWith(`${home}/`)
  return inside ? `~/${shellQuote(path.slice(home.length + 1))}` : shellQuote(path)
}
