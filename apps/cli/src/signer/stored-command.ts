import { createHash } from 'node:crypto'
import { createReadStream, existsSync } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { resolve, sep } from 'node:path'
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

/**
 * Says what a command of a folder's file runs: the files in that folder that it names, with a hash of each. Programs
 * elsewhere do not come with the folder.
 */
export async function fingerprintProgram(command: string, folder: string): Promise<string> {
  const split = splitWords(command)
  const words = 'problem' in split ? [] : split.words
  const inside = (await realpath(folder)) + sep
  const files: string[] = []
  // An option may name a file behind its equals sign: --require=./sign.cjs
  const named = words.flatMap((word) => [word, ...word.split('=').slice(1)])
  for (const word of named) {
    const path = await realpath(resolve(folder, word)).catch(() => '')
    if (!path.startsWith(inside) || !(await stat(path)).isFile()) continue
    const hash = createHash('sha256')
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
    files.push(`${word} ${hash.digest('hex')}`)
  }
  return files.join('\n')
}
