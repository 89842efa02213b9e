import type { Readable, Writable } from 'node:stream'
import type { Clock } from '@countersign/core'
import type { ProviderEntry } from '@countersign/providers'
import type { PageFiles } from './playground/page.ts'
import type { Containment } from './provider-packages/contain.ts'
import { UsageError } from './usage-error.ts'

/** The streams of a terminal at which a person sits. */
export interface Terminal {
  input: Readable
  output: Writable
}

/** A stream that results or talk are written to. */
export interface Sink {
  write(chunk: string | Uint8Array, done?: (error?: Error | null) => void): boolean
  /** Whether a person reads it. */
  readonly isTTY?: boolean | undefined
  /** How many characters a line of the terminal takes. */
  readonly columns?: number | undefined
}

/** Everything of the process that a command touches, so that tests run commands in process. */
export interface Io {
  stdin: AsyncIterable<Uint8Array | string>
  stdout: Sink
  stderr: Sink
  env: Readonly<Record<string, string | undefined>>
  /** The current folder. Default: there is none, and no profile file is looked for in it. */
  cwd?: (() => string) | undefined
  /** Carries every call. Default: the global one. */
  fetch?: typeof fetch | undefined
  /** Where the time comes from. Default: the computer's clock. */
  clock?: Clock | undefined
  /** Resolves when a command that serves should end. Default: never. */
  untilStopped?: (() => Promise<unknown>) | undefined
  /** Asks a person for what the screen must not show. Default: there is no person. */
  askSecret?: ((prompt: string) => Promise<string>) | undefined
  /** Where a person answers questions. Default: there is no person. */
  terminal?: Terminal | undefined
  /** Whether a program that is started may have the process's own streams. Default: they are piped. */
  ownStreams?: boolean | undefined
  /** Whether a keyboard can send signals to the process. Default: no. */
  atTerminal?: boolean | undefined
  /** From now on the process goes on when nobody reads its output. Default: nothing happens. */
  outliveOutput?: (() => void) | undefined
  /** Hands over the signals that ask the process to end, until the function returned is called. Default: none. */
  onSignal?: ((listener: (signal: NodeJS.Signals) => void) => () => void) | undefined
  /** Calls `listener` when someone asks the process to read its files again (SIGHUP). Default: never. */
  onReload?: ((listener: () => void) => () => void) | undefined
  /** Told each file that options are read from, before it is read. Default: nobody is. */
  noteFile?: ((path: string) => Promise<void>) | undefined
  /** Runs `clean` before a signal ends the process, until the function returned is called. Default: never. */
  beforeInterrupt?: ((clean: () => void) => () => void) | undefined
  /** The files of the built page. Default: there are none. */
  pageFiles?: (() => Promise<PageFiles>) | undefined
  /** The file of the command, where packages beside it are looked for. Default: they are not looked for there. */
  installedAt?: string | undefined
  /** The providers that come with the command. Default: the repository's own. */
  providers?: readonly ProviderEntry[] | undefined
  /** Keeps the process safe from the code of provider packages. Default: it may do what it likes. */
  containment?: Containment | undefined
  /** How long `request` waits for an answer, milliseconds. Default 40 s. */
  deadlineMs?: number | undefined
  /** How long a signing program may take for an answer, milliseconds. Default 10 s. */
  signerTimeoutMs?: number | undefined
  /** Takes what must be ended when the command has ended, however it ends. Default: nothing is. */
  atEnd?: ((end: () => Promise<void>) => void) | undefined
  /** How long `proxy`, once stopped, lets running requests go on, milliseconds. Default 10 s. */
  graceMs?: number | undefined
}

/** The same `io`, whose stdin is read once: two options cannot share it. */
export function withStdinOnce(io: Io): Io {
  let read = false
  const stdin = {
    [Symbol.asyncIterator]() {
      if (read) throw new UsageError('Only one option can read from stdin.')
      read = true
      return io.stdin[Symbol.asyncIterator]()
    },
  }
  // Not spread: members that are asked for when needed would be asked for now.
  const members = { ...Object.getOwnPropertyDescriptors(io), stdin: { value: stdin, enumerable: true } }
  return Object.create(Object.prototype, members) as Io
}

/** Everything that stdin holds. */
export async function readStdin({ stdin }: Io): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Uint8Array[] = []
  for await (const chunk of stdin) chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : chunk)
  return new Uint8Array(Buffer.concat(chunks))
}

/** Each call returns an `io` that reads what stdin held, and asks for each secret once: for options that are read more than once. */
export function withStdinKept(io: Io): () => Io {
  let held: Promise<Uint8Array> | undefined
  const answers = new Map<string, Promise<string>>()
  const { askSecret } = io
  const kept: Io = {
    ...io,
    stdin: {
      async *[Symbol.asyncIterator]() {
        held ??= readStdin(io)
        yield await held
      },
    },
    askSecret:
      askSecret &&
      ((prompt) => {
        const answer = answers.get(prompt) ?? askSecret(prompt)
        answers.set(prompt, answer)
        return answer
      }),
  }
  return () => withStdinOnce(kept)
}

/** The time, epoch milliseconds. */
export function nowOf({ clock }: Io): number {
  return clock === undefined ? Date.now() : clock.now()
}
