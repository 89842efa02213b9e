import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import type { Outcome } from './run-command.ts'

const bin = new URL('../src/bin.ts', import.meta.url).pathname

/** Runs a command as a process of its own, with nothing of this one's environment. */
export async function runProcess(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<Outcome> {
  const { PATH = '' } = process.env
  const child = spawn(process.execPath, ['--conditions=@countersign/source', bin, ...argv], {
    env: { PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number]>,
  ])
  return { stdout, stderr, exitCode }
}
