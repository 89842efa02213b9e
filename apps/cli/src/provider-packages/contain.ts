import { AsyncLocalStorage } from 'node:async_hooks'
import { realpathSync } from 'node:fs'
import { sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { inspect } from 'node:util'
import { UsageError } from '../usage-error.ts'
import type { FoundPackage } from './found-package.ts'

/** Told what a package throws when nobody waits for it any more; whether the process should end, with which code. */
export type OnLateFailure = (
  found: FoundPackage,
  error: unknown,
) => Promise<{ exitCode?: number | undefined }>

/** Keeps the process safe from the code of provider packages, which may do anything while it is loaded. */
export interface Containment {
  /**
   * Runs `work`, which loads a package. What the package throws beside it, also from a timer, and a call of
   * `process.exit`, make it fail. It fails too after the limit, in an endless loop as well.
   */
  load<Value>(found: FoundPackage, work: () => Promise<Value>): Promise<Value>
  /** What a package threw after it was loaded; the listener is told of what was thrown before too. */
  onLateFailure(listener: OnLateFailure): void
  /** How long what packages left running may keep the process when its work is done, milliseconds. */
  leftoverMs(): number | undefined
}

/** What of the process packages could spoil. */
export interface ContainmentOptions {
  process: NodeJS.Process
  /** How long a package may take to load, milliseconds. */
  limitMs: number
}

/** One package that is loaded, or was. */
interface Source {
  readonly found: FoundPackage
  /** Called with what is thrown; while the package is loaded, that fails the load. */
  fail(error: unknown): void
}

/** What a package leaves running has this long after the command's work: for renewals, or when nothing is worth it. */
const leftoverMs = 5_000
const hungMs = 200

/**
 * Contains the packages of this process. Nothing is changed before the first is loaded. From then on
 * `process.stdout` is stderr for everything but the command's own output, which holds the stream itself, and
 * `process.exit` is refused to packages.
 */
export function createContainment({ process: own, limitMs }: ContainmentOptions): Containment {
  const current = new AsyncLocalStorage<Source>()
  const sources: Source[] = []
  const early: [FoundPackage, unknown][] = []
  let listener: OnLateFailure | undefined
  let watchdog: Watchdog | undefined
  let hung = false
  const { exit, stdout } = own

  /** The package that code belongs to: the one that began it, or the one whose file is in the stack. */
  function sourceOf(stack: unknown): Source | undefined {
    const source = current.getStore()
    if (source !== undefined) return source
    if (typeof stack !== 'string') return undefined
    return sources.find(({ found }) => foldersOf(found).some((folder) => stack.includes(folder)))
  }

  function guard(): void {
    Object.defineProperty(own, 'stdout', { value: own.stderr, configurable: true, enumerable: true })
    for (const name of ['exit', 'abort'] as const) {
      const original = (own as unknown as Record<string, (...given: unknown[]) => never>)[name]
      Object.defineProperty(own, name, {
        configurable: true,
        enumerable: true,
        writable: true,
        value: (...given: unknown[]) => {
          const source = sourceOf(new Error().stack)
          if (source === undefined) return original?.apply(own, given)
          throw new UsageError(`it calls process.${name}, which would end the command.`)
        },
      })
    }
    own.on('uncaughtException', onUncaught)
    own.on('unhandledRejection', onUncaught)
  }

  function onUncaught(error: unknown): void {
    const source = sourceOf(stackOf(error))
    if (source !== undefined) source.fail(error)
    // A fault of the command itself, as Node reports it.
    else own.stderr.write(`${inspect(error)}\n`, () => exit.call(own, 1))
  }

  async function tell(found: FoundPackage, error: unknown): Promise<void> {
    if (listener === undefined) return void early.push([found, error])
    const { exitCode } = await listener(found, error)
    if (exitCode !== undefined) stdout.write('', () => exit.call(own, exitCode))
  }

  return {
    async load(found, work) {
      if (sources.length === 0) guard()
      watchdog ??= await createWatchdog(limitMs)
      const failed = Promise.withResolvers<never>()
      let isLoading = true
      const source: Source = {
        found,
        fail: (error) => (isLoading ? failed.reject(error) : void tell(found, error)),
      }
      sources.push(source)
      const endTimer = afterIdle(limitMs, () => {
        hung = true
        watchdog = undefined
        failed.reject(new UsageError(`loading it takes longer than ${limitMs / 1000} s.`))
      })
      const settled = watchdog.begin()
      try {
        const value = await current.run(source, () => Promise.race([work(), failed.promise]))
        // What it rejected meanwhile is found out after the promises that are settled now.
        await Promise.race([new Promise((resolve) => setImmediate(resolve)), failed.promise])
        return value
      } finally {
        settled()
        endTimer()
        isLoading = false
      }
    },
    onLateFailure(told) {
      listener = told
      for (const [found, error] of early.splice(0)) void tell(found, error)
    },
    leftoverMs() {
      if (hung) return hungMs
      return sources.length > 0 ? leftoverMs : undefined
    },
  }
}

function foldersOf({ folder }: FoundPackage): string[] {
  const folders = [folder]
  try {
    folders.push(realpathSync(folder))
  } catch {
    // It is gone.
  }
  return folders.flatMap((each) => [`${each}${sep}`, `${pathToFileURL(each).href}/`])
}

function stackOf(error: unknown): unknown {
  try {
    return (error as Error).stack
  } catch {
    return undefined
  }
}

/** Ends an endless loop, which no timer of the same thread can. */
interface Watchdog {
  /** Begins to watch, until the function returned is called. */
  begin(): () => void
}

/**
 * Waits in a thread of its own. In an odd state a package is loaded. When that takes as much time of the processor
 * as the limit, what the main thread runs is ended, as a debugger would do it; its timers go on.
 */
const watching = `
const { workerData: { state, limitMs } } = require('node:worker_threads')
const cell = new Int32Array(state)
const usedMs = () => { const { user, system } = process.cpuUsage(); return (user + system) / 1000 }
function untilEndless() {
  for (;;) {
    const seen = Atomics.load(cell, 0)
    if (seen % 2 === 0) Atomics.wait(cell, 0, seen)
    const from = usedMs()
    while (Atomics.wait(cell, 0, seen, 100) === 'timed-out') if (usedMs() - from > limitMs) return
  }
}
untilEndless()
const { Session } = require('node:inspector')
const session = new Session()
session.connectToMainThread()
session.post('Runtime.terminateExecution', () => session.disconnect())`

async function createWatchdog(limitMs: number): Promise<Watchdog> {
  const { Worker } = await import('node:worker_threads')
  const state = new SharedArrayBuffer(4)
  const cell = new Int32Array(state)
  const worker = new Worker(watching, { eval: true, workerData: { state, limitMs } })
  worker.unref()
  const next = () => {
    Atomics.add(cell, 0, 1)
    Atomics.notify(cell, 0)
  }
  return {
    begin() {
      next()
      return next
    },
  }
}

const tickMs = 100

/**
 * Calls back after so much time in which the process could run: a tick that is late counts as one that is not, so
 * that a busy computer does not make a slow package one that hangs. Returns the function that ends it.
 */
function afterIdle(limitMs: number, callback: () => void): () => void {
  let left = limitMs / tickMs
  const timer = setInterval(() => {
    left -= 1
    if (left <= 0) callback()
  }, tickMs)
  return () => clearInterval(timer)
}
