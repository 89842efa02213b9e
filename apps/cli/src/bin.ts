#!/usr/bin/env node
import { once } from 'node:events'
import { realpathSync } from 'node:fs'
import { exitCodes } from './exit-code.ts'
import type { Io } from './io.ts'
import { createFetch } from './network/create-fetch.ts'
import { run } from './run.ts'

for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
    // A reader that went away, such as `head`, has what it wanted.
    if (code === 'EPIPE') process.exit()
    if (stream === process.stdout) process.stderr.write(`UNEXPECTED: stdout cannot be written (${code}).\n`)
    process.exit(exitCodes.unexpected)
  })
}

const io: Io = {
  stdin: process.stdin,
  stdout: process.stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: () => process.cwd(),
  fetch: createFetch(process.env),
  askSecret: process.stdin.isTTY
    ? async (prompt) =>
        (await import('./ask-secret.ts')).askSecret(prompt, { input: process.stdin, output: process.stderr })
    : undefined,
  terminal:
    process.stdin.isTTY && process.stderr.isTTY
      ? { input: process.stdin, output: process.stderr }
      : undefined,
  ownStreams: true,
  onSignal(listener) {
    // Ctrl-C and Ctrl-\ at a terminal reach the program that was started by themselves; twice would mean more
    // than once.
    const atTerminal = [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY)
    const listen = (signal: NodeJS.Signals) => {
      if (!atTerminal || (signal !== 'SIGINT' && signal !== 'SIGQUIT')) listener(signal)
    }
    // SIGUSR1 that nobody listens for opens Node's debugger, and with it what this process knows.
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const
    for (const signal of signals) process.on(signal, listen)
    return () => {
      for (const signal of signals) process.off(signal, listen)
    }
  },
  beforeInterrupt(clean) {
    const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
    const forget = () => {
      for (const signal of signals) process.off(signal, end)
    }
    // The signal itself ends the process then, which is what a shell looks at.
    const end = (signal: NodeJS.Signals) => {
      clean()
      forget()
      process.kill(process.pid, signal)
    }
    for (const signal of signals) process.on(signal, end)
    return forget
  },
  pageFiles: async () =>
    (await import('./playground/page-files.ts')).readPageFiles(
      realpathSync(process.argv[1] ?? process.execPath),
    ),
  // Listened for only by commands that serve: all others end at once, as shells expect.
  untilStopped: () => Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]),
}

process.exitCode = await run(process.argv.slice(2), io)
// What still runs behind a success, such as a renewal, is stored first; behind a failure nothing is worth it.
// Where nothing runs the process ends by itself: process.exit() may never return while V8 marks a large heap.
if (process.exitCode !== 0) setTimeout(() => process.stdout.write('', () => process.exit()), 100).unref()
