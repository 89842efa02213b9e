#!/usr/bin/env node
import { realpathSync } from 'node:fs'
import { exitCodes } from './exit-code.ts'
import type { Io } from './io.ts'
import { createFetch } from './network/create-fetch.ts'
import { createContainment } from './provider-packages/contain.ts'
import { run } from './run.ts'
import { createSignals } from './signals.ts'

const { onClosedOutput, ...signals } = createSignals(process)

const { stdout } = process
const containment = createContainment({ process, limitMs: 5_000 })

stdout.on('error', ({ code = 'unknown' }: NodeJS.ErrnoException) => {
  // A reader that went away, such as `head`, has what it wanted.
  if (code === 'EPIPE') return onClosedOutput()
  process.stderr.write(`UNEXPECTED: stdout cannot be written (${code}).\n`)
  process.exit(exitCodes.unexpected)
})
process.stderr.on('error', ({ code }: NodeJS.ErrnoException) => {
  // Nobody reads what is said: the work goes on.
  if (code !== 'EPIPE') process.exit(exitCodes.unexpected)
})

// Node loads a stream when it is first read here: `--help` needs no stdin, which takes 3 ms.
const io: Io = {
  get stdin() {
    return process.stdin
  },
  stdout,
  stderr: process.stderr,
  env: process.env,
  cwd: () => process.cwd(),
  fetch: createFetch(process.env),
  get askSecret() {
    if (!process.stdin.isTTY) return undefined
    return async (prompt: string) =>
      (await import('./ask-secret.ts')).askSecret(prompt, { input: process.stdin, output: process.stderr })
  },
  get terminal() {
    if (!process.stdin.isTTY || !process.stderr.isTTY) return undefined
    return { input: process.stdin, output: process.stderr }
  },
  ownStreams: true,
  get atTerminal() {
    return [process.stdin, stdout, process.stderr].some(({ isTTY }) => isTTY)
  },
  // Nothing is installed beside the single executable.
  get installedAt() {
    const [, script] = process.argv
    return script === undefined || process.getBuiltinModule('node:sea')?.isSea()
      ? undefined
      : realpathSync(script)
  },
  containment,
  ...signals,
  pageFiles: async () =>
    (await import('./playground/page.ts')).readPageFiles(realpathSync(process.argv[1] ?? process.execPath)),
}

process.exitCode = await run(process.argv.slice(2), io)
// What still runs behind a success, such as a renewal, is stored first; behind a failure nothing is worth it.
// Where nothing runs the process ends on its own: process.exit() may never return while V8 marks a large heap. So
// it is the last resort, after a time in which closing files and sockets ends on a busy computer too. What provider
// packages left running could go on for ever.
const lastResortMs = containment.leftoverMs() ?? (process.exitCode === 0 ? undefined : 5_000)
if (lastResortMs !== undefined) setTimeout(() => stdout.write('', () => process.exit()), lastResortMs).unref()
