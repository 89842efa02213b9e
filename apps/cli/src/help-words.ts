import type { Command } from 'commander'

const isHelpFlag = (word: string) => word === '--help' || word === '-h'

/**
 * A command line in which `help keys inspect` is `keys inspect --help`. Help that is wanted for a command
 * that is not there is left out, so that the mistake is told and not another command's help.
 */
export function toHelpWords(argv: readonly string[], program: Command): string[] {
  const words: string[] = []
  let at: Command | undefined = program
  let wanted = false
  for (const [index, word] of argv.entries()) {
    // What follows belongs to the command itself.
    if (at === undefined || at.commands.length === 0 || word === '--') {
      words.push(...argv.slice(index))
      break
    }
    if (word === 'help') wanted = true
    else words.push(word)
    if (word !== 'help' && !word.startsWith('-')) at = at.commands.find((part) => part.name() === word)
  }
  if (at === undefined) return words.filter((word) => !isHelpFlag(word))
  return wanted ? [...words, '--help'] : words
}
