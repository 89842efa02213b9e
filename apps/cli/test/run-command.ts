import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandEntry } from '../src/command.ts'
import type { Io, Sink } from '../src/io.ts'
import { run } from '../src/run.ts'

/** What a command did. */
export interface Outcome {
  stdout: string
  stderr: string
  exitCode: number
}

type Given = Partial<Omit<Io, 'stdin' | 'stdout' | 'stderr'>> & {
  stdin?: string | Uint8Array
  isTTY?: boolean
  /** The width of the terminal. */
  columns?: number | undefined
  /** Told each piece of stdout as it is written. */
  onStdout?: (text: string) => void
  /** Told each piece of stderr as it is written. */
  onStderr?: (text: string) => void
  /** The commands that there are. Default: those of the command. */
  entries?: readonly CommandEntry[]
}

/**
 * Runs a command in process. Without `XDG_CACHE_HOME` in `env` nothing is kept on disk, without
 * `XDG_CONFIG_HOME` and `cwd` there are no profiles.
 */
export async function runCommand(argv: readonly string[], given: Given = {}): Promise<Outcome> {
  const { stdin = '', env = {}, isTTY, columns, onStdout, onStderr, entries, ...rest } = given
  const chunks = { stdout: [] as Buffer[], stderr: [] as Buffer[] }
  const sink = (name: 'stdout' | 'stderr'): Sink => ({
    isTTY,
    columns,
    write(chunk, done) {
      chunks[name].push(Buffer.from(chunk as string))
      const told = name === 'stdout' ? onStdout : onStderr
      told?.(Buffer.from(chunk as string).toString())
      done?.()
      return true
    },
  })
  async function* bytes() {
    yield Buffer.from(stdin)
  }
  const io = {
    stdin: bytes(),
    stdout: sink('stdout'),
    stderr: sink('stderr'),
    env: { XDG_CACHE_HOME: '/dev/null/no-cache', XDG_CONFIG_HOME: '/dev/null/no-config', ...env },
    ...rest,
  }
  const exitCode = await run(argv, io, entries)
  const text = (name: 'stdout' | 'stderr') => Buffer.concat(chunks[name]).toString()
  return { stdout: text('stdout'), stderr: text('stderr'), exitCode }
}

/** A directory that is gone after the test. */
export interface Scratch extends AsyncDisposable {
  path: string
  /** Writes a file into it and returns its path. */
  file(name: string, content: string | Uint8Array): Promise<string>
}

export async function createScratch(): Promise<Scratch> {
  const path = await mkdtemp(join(tmpdir(), 'countersign-test-'))
  return {
    path,
    async file(name, content) {
      const file = join(path, name)
      await writeFile(file, content)
      return file
    },
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  }
}
