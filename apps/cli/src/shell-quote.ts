import { homeFolder } from './home-folder.ts'
import type { Io } from './io.ts'

/** A word that a POSIX shell takes as it is. */
export function shellQuote(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}

/** A path for a command line, the home folder as `~`: reports are shown to others. */
export function shownPath(path: string, env: Io['env']): string {
  const home = homeFolder(env)
  const inside = home.length > 1 && path.startsWith(`${home}/`)
  return inside ? `~/${shellQuote(path.slice(home.length + 1))}` : shellQuote(path)
}
