import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { shellQuote } from '../shell-quote.ts'
import { splitWords } from './split-words.ts'

/**
 * A command as a profile holds it, which runs in the folder of the profile's file: paths of files that exist here, in
 * `folder`, are made absolute. The name of a program in PATH stays as it is.
 */
export function toStoredCommand(command: string, folder: string): string {
  const split = splitWords(command)
  if ('problem' in split) return command
  const isFile = (word: string, index: number) =>
    (index > 0 || word.includes('/')) && !word.startsWith('~') && existsSync(resolve(folder, word))
  if (!split.words.some(isFile)) return command
  return split.words
    .map((word, index) => shellQuote(isFile(word, index) ? resolve(folder, word) : word))
    .join(' ')
}
