import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Readable } from 'node:stream'
import type { Io, Sink } from '../io.ts'
import { CommandError } from './command-error.ts'
import { createMasker } from './masker.ts'

/** A program to run. */
export interface Child {
  file: string
  args: readonly string[]
  env: Record<string, string>
  /** What its output must not show; `undefined` leaves the output alone. */
  masked: string | undefined
}

/**
 * Runs a program with our streams, passes signals on and waits for its end.
 *
 * @returns its exit code; 128 and the number of the signal that ended it.
 * @throws {CommandError} when it cannot be started.
 */
export async function runChild({ file, args, env, masked }: Child, io: Io): Promise<number> {
  const own = io.ownStreams === true
  const output = own && masked === undefined ? 'inherit' : 'pipe'
  const child = start({ file, args, env, stdio: [own ? 'inherit' : 'pipe', output, output] })
  const forget = io.onSignal?.((signal) => void child.kill(signal))
  try {
    const ended = waitForEnd(child, file)
    if (child.stdin !== null) feed(io, child)
    const [code] = await Promise.all([
      ended,
      copy(child.stdout, io.stdout, masked),
      copy(child.stderr, io.stderr, masked),
    ])
    return code
  } finally {
    forget?.()
  }
}

/** Some reasons not to start are thrown, others are told by the event `error`. */
function start({ file, args, ...options }: Omit<Child, 'masked'> & SpawnOptions): ChildProcess {
  try {
    return spawn(file, args, options)
  } catch (error) {
    throw new CommandError(file, error as NodeJS.ErrnoException)
  }
}

function waitForEnd(child: ChildProcess, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new CommandError(file, error)))
    child.once('close', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}

function feed({ stdin }: Io, child: ChildProcess): void {
  // Who does not read its stdin to the end is no failure.
  child.stdin?.on('error', () => undefined)
  if (child.stdin !== null)
    Readable.from(stdin)
      .on('error', () => undefined)
      .pipe(child.stdin)
}

async function copy(stream: Readable | null, sink: Sink, masked: string | undefined): Promise<void> {
  if (stream === null) return
  const masker = masked === undefined ? undefined : createMasker(masked)
  const write = (bytes: Uint8Array) =>
    new Promise<void>((resolve) => {
      if (bytes.length === 0) resolve()
      else sink.write(bytes, () => resolve())
    })
  for await (const chunk of stream as AsyncIterable<Buffer>) await write(masker?.push(chunk) ?? chunk)
  if (masker !== undefined) await write(masker.end())
}
