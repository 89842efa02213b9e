import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Io } from '../io.ts'

/** A program that runs and answers one question at a time. */
export interface SignerProcess {
  /**
   * Sends one line and resolves with the line that follows.
   *
   * @throws {ProcessFault} and the program is ended.
   */
  ask(line: string): Promise<string>
  /** Whether it takes another question. */
  readonly alive: boolean
  /** Closes its input, and ends it if it does not exit on its own. */
  close(): Promise<void>
}

/** How a program failed to answer. */
export class ProcessFault extends Error {
  override readonly name = 'ProcessFault'
  readonly reason: 'not-started' | 'time-out' | 'too-long' | 'ended'
  /** Words that follow "The signing program". */
  readonly problem: string
  /** The last of what it wrote to stderr. */
  readonly said: string
  /** Whether it ended without an error, and may have done so between two questions. */
  readonly peaceful: boolean

  constructor(reason: ProcessFault['reason'], problem: string, said = '', peaceful = false) {
    super(problem)
    this.reason = reason
    this.problem = problem
    this.said = said
    this.peaceful = peaceful
  }
}

/** What is started. */
export interface SignerProcessOptions {
  file: string
  args: readonly string[]
  folder: string
  /** How long an answer may take. */
  timeoutMs: number
}

/** The longest answer: a signature of RSA with 32768 bits takes a twelfth of it. */
const longestAnswer = 65_536
/** What is kept of stderr. */
const keptStderr = 8_192
/** How long a program may take to exit once its input is closed. */
const exitGraceMs = 1_000

const isWindows = process.platform === 'win32'

/** Starts a program in a process group of its own, with an environment that holds nothing of this command. */
export function startSignerProcess(
  { file, args, folder, timeoutMs }: SignerProcessOptions,
  { env, beforeInterrupt }: Pick<Io, 'env' | 'beforeInterrupt'>,
): SignerProcess {
  const child = start(file, args, folder, env)
  const forget = beforeInterrupt?.(() => endGroup(child, 'SIGTERM'))
  let output = Buffer.alloc(0)
  let said = Buffer.alloc(0)
  let ended = false
  let waiting: { resolve(line: string): void; reject(error: ProcessFault): void } | undefined

  const fail = (reason: ProcessFault['reason'], problem: string, peaceful = false) => {
    if (!ended) {
      endGroup(child, 'SIGKILL')
      for (const stream of child.stdio) stream?.destroy()
    }
    ended = true
    waiting?.reject(new ProcessFault(reason, problem, said.toString(), peaceful))
    waiting = undefined
  }
  const settle = (line: Buffer, rest: Buffer) => {
    waiting?.resolve(line.toString())
    waiting = undefined
    output = Buffer.alloc(0)
    if (rest.length > 0) fail('ended', 'wrote more than one line')
  }

  child.on('error', ({ code = 'unknown cause' }: NodeJS.ErrnoException) => {
    ended = true
    fail('not-started', `cannot be started (${code})`)
  })
  child.stdin.on('error', () => undefined)
  child.stderr.on('data', (chunk: Buffer) => {
    said = Buffer.concat([said, chunk]).subarray(-keptStderr)
  })
  child.stdout.on('data', (chunk: Buffer) => {
    // What nobody asked for belongs to no question.
    if (waiting === undefined) return fail('ended', 'wrote a line that nobody asked for')
    output = Buffer.concat([output, chunk])
    const end = output.indexOf('\n')
    if (end < 0 ? output.length > longestAnswer : end > longestAnswer)
      return fail('too-long', `answered with more than ${longestAnswer} bytes`)
    if (end >= 0) settle(output.subarray(0, end), output.subarray(end + 1))
  })
  const exited = once(child, 'exit').catch(() => [])
  child.on('close', (code, signal) => {
    ended = true
    forget?.()
    // The last line may come without its end.
    if (code === 0 && output.length > 0) return settle(output, Buffer.alloc(0))
    const how = code === null ? `was ended by ${signal}` : `ended with exit code ${code}`
    fail('ended', `${how} and gave no answer`, code === 0)
  })

  return {
    get alive() {
      return !ended
    },
    async ask(line) {
      const answer = new Promise<string>((resolve, reject) => {
        waiting = { resolve, reject }
      })
      const seconds = timeoutMs / 1000
      const timer = setTimeout(() => fail('time-out', `gave no answer within ${seconds} s`), timeoutMs)
      child.stdin.write(line)
      try {
        return await answer
      } finally {
        clearTimeout(timer)
      }
    },
    async close() {
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      child.stdin.end()
      const timer = setTimeout(() => endGroup(child, 'SIGKILL'), exitGraceMs)
      await exited
      clearTimeout(timer)
      // A process that the program left in the background may hold them open.
      for (const stream of child.stdio) stream?.destroy()
    },
  }
}

function start(
  file: string,
  args: readonly string[],
  cwd: string,
  env: Io['env'],
): ChildProcessWithoutNullStreams {
  // Nothing of this command: secrets of providers and of the token store among it.
  const kept = Object.entries(env).filter(([name]) => !name.toUpperCase().startsWith('COUNTERSIGN_'))
  try {
    const options = { cwd, env: Object.fromEntries(kept), detached: !isWindows, windowsHide: true }
    const child = spawn(file, args, options)
    // Where the computer has no files or processes left, the program has no streams either.
    if ((child.stdin as unknown) !== undefined) return child
    child.on('error', () => undefined)
    throw Object.assign(new Error(), { code: 'EMFILE' })
  } catch (error) {
    const { code = 'unknown cause' } = error as NodeJS.ErrnoException
    throw new ProcessFault('not-started', `cannot be started (${code})`)
  }
}

/** Ends the program and what it started; Windows has no process groups, and ends the program alone. */
function endGroup(child: ChildProcessWithoutNullStreams, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    if (isWindows) child.kill(signal)
    else process.kill(-child.pid, signal)
  } catch {
    // It has ended already.
  }
}
