import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'smol-toml'
import { createScratch, type Scratch } from './run-command.ts'
import { runInTerminal, type TerminalRun } from './terminal.ts'

/** The home of a person who has nothing set up yet, and a folder to work in. */
export interface Home extends AsyncDisposable {
  path: string
  cwd: string
  /** Where profiles are kept. */
  configuration: string
  /** Writes a file elsewhere and returns its path. */
  file: Scratch['file']
  /** Runs a command there, at a terminal. */
  run(...argv: readonly string[]): TerminalRun
  /** What a file of profiles says; the person's own, unless another is named. */
  profiles(path?: string): Promise<unknown>
}

export async function createHome(): Promise<Home> {
  const scratch = await createScratch()
  const path = join(scratch.path, 'home')
  const cwd = join(scratch.path, 'work')
  await mkdir(path)
  await mkdir(cwd)
  const configuration = join(path, '.config', 'countersign')
  return {
    path,
    cwd,
    configuration,
    file: scratch.file,
    run: (...argv) => runInTerminal(argv, { env: { HOME: path }, cwd }),
    profiles: async (file = join(configuration, 'countersign.toml')) =>
      JSON.parse(JSON.stringify(parse(await readFile(file, 'utf8')))) as unknown,
    [Symbol.asyncDispose]: () => scratch[Symbol.asyncDispose](),
  }
}
