/** The words of a command line, or what is wrong with it, in words that follow the option's name. */
export type SplitCommand = { words: readonly string[] } | { problem: string }

/** What only a shell gives a meaning; as plain arguments these would be a mistake that nobody sees. */
const shellSyntax = /[|&;<>`$()]/

/** A backslash in double quotes escapes these alone. */
const escapable = '$`"\\'

/**
 * Splits a command line into words as POSIX shells do: blanks separate, quotes and backslashes hold together. Nothing
 * is expanded and no shell is involved, so shell syntax outside quotes is refused.
 */
export function splitWords(command: string): SplitCommand {
  const words: string[] = []
  let word: string | undefined
  let quote: "'" | '"' | undefined
  for (let index = 0; index < command.length; index += 1) {
    const character = command[index] as string
    if (quote !== undefined) {
      const next = command[index + 1] ?? ''
      if (character === quote) quote = undefined
      else if (quote === '"' && character === '\\' && next !== '' && escapable.includes(next)) {
        word += next
        index += 1
      } else word += character
    } else if (character === "'" || character === '"') {
      quote = character
      word ??= ''
    } else if (character === '\\') {
      index += 1
      if (index === command.length) return { problem: 'ends with a backslash' }
      word = (word ?? '') + command[index]
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else if (shellSyntax.test(character)) {
      return {
        problem: `contains ${character} outside quotes, and no shell reads it: quote it, or name a script`,
      }
    } else word = (word ?? '') + character
  }
  if (quote !== undefined) return { problem: `has no closing ${quote}` }
  if (word !== undefined) words.push(word)
  return words[0] === undefined || words[0] === '' ? { problem: 'names no program' } : { words }
}
