import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { Readable } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { Io, Sink } from '../io.ts'
import { watchKeyboard } from './keyboard.ts'
import { createMasker, type Masker } from './masker.ts'

/** A program to run. */
export interface Child {
  file: string
  args: readonly string[]
  env: Record<string, string>
  /** What its output must not show; `undefined` leaves the output alone. */
  masked: string | undefined
}

/** The program could not be started; shells report the two cases as 127 and 126. */
class CommandError extends Error {
  override readonly name = 'CommandError'
  readonly code: 'COMMAND_NOT_FOUND' | 'COMMAND_NOT_EXECUTABLE'

  constructor(file: string, error: NodeJS.ErrnoException) {
    const missing = error.code === 'ENOENT' || file === ''
    super(
      missing
        ? `Program not found: ${file === '' ? "''" : file}. Shell built-ins and aliases need a shell: sh -c '…'.`
        : `${file} cannot be run (${error.code ?? 'unknown cause'}).`,
    )
    this.code = missing ? 'COMMAND_NOT_FOUND' : 'COMMAND_NOT_EXECUTABLE'
  }
}

/**
 * Runs a program with our streams, passes signals on and waits until it exits; what it left running in the
 * background is not waited for.
 *
 * @returns its exit code; 128 and the number of the signal that ended it.
 * @throws {CommandError} when it cannot be started.
 */
export async function runChild({ file, args, env, masked }: Child, io: Io): Promise<number> {
  const own = io.ownStreams === true
  const output = own && masked === undefined ? 'inherit' : 'pipe'
  const child = start({ file, args, env, stdio: [own ? 'inherit' : 'pipe', output, output] })
  const stopPassing = passSignals(child, io)
  // The program learns that nobody reads its output, and decides what that means.
  io.outliveOutput?.()
  try {
    const exited = waitForExit(child, file)
    if (child.stdin !== null) feed(io, child)
    const copies = [copy(child.stdout, io.stdout, masked), copy(child.stderr, io.stderr, masked)]
    const code = await exited
    await Promise.all(copies.map((each) => each.finish()))
    return code
  } finally {
    stopPassing()
  }
}

/** Some reasons not to start are thrown, others are reported by the event `error`. */
function start({ file, args, ...options }: Omit<Child, 'masked'> & SpawnOptions): ChildProcess {
  try {
    return spawn(file, args, options)
  } catch (error) {
    throw new CommandError(file, error as NodeJS.ErrnoException)
  }
}

/** Hands signals to the child, except those that the keyboard has sent to it already. */
function passSignals(child: ChildProcess, io: Io): () => void {
  const keyboard = io.atTerminal === true ? watchKeyboard() : undefined
  const forget = io.onSignal?.((signal) => {
    const byKeyboard = signal === 'SIGINT' || signal === 'SIGQUIT' ? keyboard?.sentSignal() : undefined
    if (byKeyboard === undefined) child.kill(signal)
    else
      void byKeyboard.then((sent) => {
        if (!sent) child.kill(signal)
      })
  })
  return () => {
    forget?.()
    keyboard?.stop()
  }
}

function waitForExit(child: ChildProcess, file: string): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('error', (error) => reject(new CommandError(file, error)))
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal ?? 'SIGKILL']))
  })
}

function feed({ stdin }: Io, child: ChildProcess): void {
  // A program may leave its stdin unread.
  child.stdin?.on('error', () => undefined)
  if (child.stdin !== null)
    Readable.from(stdin)
      .on('error', () => undefined)
      .pipe(child.stdin)
}

/** So many rounds of the event loop without a byte mean that the pipe is empty. */
const idleRounds = 3
/** More than a pipe and its buffers hold: what comes after that is written by a program in the background. */
const mostBytesAfterExit = 1_048_576

/** Copies what a program prints; `finish` resolves when all that it printed before it exited is copied. */
function copy(stream: Readable | null, sink: Sink, masked: string | undefined): { finish(): Promise<void> } {
  if (stream === null) return { finish: async () => undefined }
  const masker: Masker | undefined = masked === undefined ? undefined : createMasker(masked)
  let bytes = 0
  let writing = Promise.resolve()
  let ended = false
  const write = (chunk: Uint8Array) =>
    new Promise<void>((resolve) => {
      if (chunk.length === 0) return resolve()
      sink.write(chunk, (error) => {
        // Nobody reads this any more: the program gets SIGPIPE, as it would without us.
        if (error) stream.destroy()
        resolve()
      })
    })
  stream.on('data', (chunk: Buffer) => {
    bytes += chunk.length
    stream.pause()
    writing = writing.then(async () => {
      await write(masker?.push(chunk) ?? chunk)
      stream.resume()
    })
  })
  stream.on('error', () => undefined)
  stream.once('close', () => {
    ended = true
  })
  return {
    async finish() {
      const limit = bytes + mostBytesAfterExit
      for (let idle = 0; !ended && idle < idleRounds && bytes < limit; idle++) {
        const before = bytes
        await writing
        await setImmediate()
        if (bytes > before) idle = -1
      }
      await writing
      stream.destroy()
      if (masker !== undefined) await write(masker.end())
    },
  }
}
