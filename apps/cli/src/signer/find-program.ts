import { constants } from 'node:fs'
import { access, stat } from 'node:fs/promises'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { expandHome } from '../home-folder.ts'
import type { Io } from '../io.ts'

/** The file of a program, or why it cannot be run. */
export type FoundProgram = { file: string } | { fault: 'missing' } | { fault: 'not-executable'; path: string }

const isWindows = process.platform === 'win32'
/** What Windows runs without a shell. */
const extensions = isWindows ? ['', '.exe', '.com'] : ['']

/**
 * Finds a program as a shell does: by its path, counted from `folder`, or by its name in PATH. Folders of PATH that are
 * not absolute are left out, and the current folder is never searched: what is in it may come from someone else.
 */
export async function findProgram(program: string, folder: string, env: Io['env']): Promise<FoundProgram> {
  const isPath = program.includes('/') || (isWindows && program.includes('\\'))
  const { PATH = env['Path'] ?? '' } = env
  const folders = PATH.split(delimiter).filter(isAbsolute)
  const candidates = isPath
    ? [resolve(folder, expandHome(program, env))]
    : folders.map((each) => join(each, program))
  let refused: string | undefined
  for (const path of candidates.flatMap((each) => extensions.map((extension) => each + extension))) {
    const entry = await stat(path).catch(() => undefined)
    if (entry === undefined) continue
    const runs =
      entry.isFile() &&
      (await access(path, constants.X_OK).then(
        () => true,
        () => false,
      ))
    if (runs) return { file: path }
    refused ??= path
  }
  return refused === undefined ? { fault: 'missing' } : { fault: 'not-executable', path: refused }
}
