import { homeFolder } from '../files.ts'
import type { Io } from '../io.ts'
import { shellQuote } from '../shell-quote.ts'

/** A path for a command line, the home folder as `~`: reports are shown to others. */
export function shownPath(path: string, env: Io['env']): string {
  const home = homeFolder(env)
  const inside = home.length > 1 && path.startsWith(`${home}/`)
  return inside ? `~/${shellQuote(path.slice(home.length + 1))}` : shellQuote(path)
}
