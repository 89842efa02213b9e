import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import type { Outcome } from './run-command.ts'

const bin = new URL('../src/bin.ts', import.meta.url).pathname

/** Starts a command as a process of its own, with nothing of this one's environment. */
export function startProcess(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): ChildProcessByStdio<null, Readable, Readable> {
  const { PATH = '' } = process.env
  return spawn(process.execPath, ['--conditions=@countersign/source', bin, ...argv], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

/** Runs a command in such a process to its end. */
export async function runProcess(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const child = startProcess(argv, env)
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  return { stdout, stderr, exitCode }
}
