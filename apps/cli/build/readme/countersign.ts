import { once } from 'node:events'
import { fstatSync } from 'node:fs'
import type { Io, Sink } from '../../src/io.ts'
import { run } from '../../src/run.ts'
import { fixChance } from './fixed-chance.ts'

/**
 * The command as a README shows it: at a fixed time, without chance, its calls to providers taken to
 * emulators. Everything else is as people have it: arguments, files, variables, pipes, signals.
 */
const { README_NOW = '', README_SEED = '', README_PROVIDERS = '', README_PORTS = '{}', ...env } = process.env
const now = Number(README_NOW)
const ports = JSON.parse(README_PORTS) as Record<string, number>
const argv = process.argv.slice(2)

/** What the README shows is written on one screen: there both streams are the same. */
const onScreen = fstatSync(1).ino === fstatSync(2).ino

function toSink(stream: NodeJS.WriteStream, isTTY: boolean): Sink {
  return {
    isTTY,
    columns: isTTY ? 84 : undefined,
    write: (chunk, done) => stream.write(chunk, done),
  }
}

/** The providers' addresses are answered by emulators, which are told the address; this computer's stay. */
const toEmulators: typeof fetch = async (input, init) => {
  const request = new Request(input, init)
  if (new URL(request.url).hostname === '127.0.0.1') return fetch(request)
  const headers = new Headers(request.headers)
  headers.set('x-readme-url', request.url)
  const { method } = request
  const body = await request.arrayBuffer()
  return fetch(README_PROVIDERS, { method, headers, ...(body.byteLength === 0 ? {} : { body }) })
}

fixChance(`${README_SEED} ${argv.join(' ')}`)
const port = ports[{ emulator: '4400', playground: '4480' }[argv[0] ?? ''] ?? '4500']
const io: Io = {
  stdin: process.stdin,
  stdout: toSink(process.stdout, onScreen),
  stderr: toSink(process.stderr, onScreen),
  env: { ...env, NO_COLOR: '1' },
  cwd: () => process.cwd(),
  fetch: toEmulators,
  clock: { now: () => now },
  // The page itself is not shown.
  pageFiles: async () => new Map(),
  untilStopped: () => Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]),
}
const serves = ['emulator', 'playground', 'proxy'].includes(argv[0] ?? '')
process.exitCode = await run(
  serves && !argv.includes('--port') && !argv.includes('--help') ? [...argv, '--port', String(port)] : argv,
  io,
)
