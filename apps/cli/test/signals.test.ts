import { EventEmitter, once } from 'node:events'
import { readdir, stat } from 'node:fs/promises'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createSignals, type SignalProcess } from '../src/signals.ts'
import { createScratch, runCommand } from './run-command.ts'
import { startProcess } from './run-process.ts'

/** A process that writes down how it was ended. */
function createProcess(pid: number): { own: SignalProcess & EventEmitter; ends: unknown[] } {
  const ends: unknown[] = []
  const own = Object.assign(new EventEmitter(), {
    pid,
    exit: (code: number) => ends.push(code),
    kill: (...signal: unknown[]) => ends.push(signal),
  })
  return { own: own as unknown as SignalProcess & EventEmitter, ends }
}

test('process 1 of a container ends on signals that the kernel spares it', async () => {
  const { own, ends } = createProcess(1)
  const { beforeInterrupt, onSignal, untilStopped } = createSignals(own)
  own.emit('SIGTERM', 'SIGTERM')
  expect(ends).toEqual([143])
  const forget = onSignal((signal) => ends.push(signal))
  own.emit('SIGTERM', 'SIGTERM')
  forget()
  const stopped = untilStopped()
  own.emit('SIGTERM', 'SIGTERM')
  await stopped
  expect(ends).toEqual([143, 'SIGTERM'])
  beforeInterrupt(() => ends.push('clean'))
  own.emit('SIGINT', 'SIGINT')
  expect(ends).toEqual([143, 'SIGTERM', 'clean', 130])
})

test('any other process cleans up and ends by the signal', () => {
  const { own, ends } = createProcess(2)
  const { beforeInterrupt } = createSignals(own)
  own.emit('SIGTERM', 'SIGTERM')
  expect(ends).toEqual([])
  const forget = beforeInterrupt(() => ends.push('forgotten'))
  beforeInterrupt(() => ends.push('clean'))
  forget()
  own.emit('SIGTERM', 'SIGTERM')
  expect(ends).toEqual(['clean', [2, 'SIGTERM']])
  expect(own.listenerCount('SIGTERM')).toBe(0)
})

test('a command that decides what a signal means goes on, and a second signal ends it', async () => {
  const { own, ends } = createProcess(2)
  const { beforeInterrupt, onSignal, untilStopped } = createSignals(own)
  beforeInterrupt(() => ends.push('clean'))
  const forget = onSignal((signal) => ends.push(signal))
  own.emit('SIGINT', 'SIGINT')
  forget()
  expect(ends).toEqual(['SIGINT'])
  const stopped = untilStopped()
  own.emit('SIGTERM', 'SIGTERM')
  await stopped
  expect(ends).toEqual(['SIGINT'])
  own.emit('SIGTERM', 'SIGTERM')
  expect(ends).toEqual(['SIGINT', 'clean', [2, 'SIGTERM']])
})

test('SIGUSR1 does not open the debugger', async () => {
  const child = startProcess(['proxy', 'utgl', '--environment', 'emulator', '--port', '0', '--quiet'], {})
  const said: string[] = []
  child.stderr.on('data', (chunk) => said.push(String(chunk)))
  await once(child.stdout, 'data')
  child.kill('SIGUSR1')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(said.join('')).not.toContain('Debugger')
})

test.each([
  ['proxy', 'utgl', '--environment', 'emulator'],
  ['emulator', 'utgl'],
])('%s goes on when nobody reads what it prints', async (...argv) => {
  const child = startProcess([...argv, '--port', '0', '--json'], {})
  const ended = once(child, 'exit')
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  child.stdout.destroy()
  child.stderr.destroy()
  const { url, controlUrl } = JSON.parse(line.toString()) as { url?: string; controlUrl?: string }
  for (let count = 0; count < 3; count++) expect((await fetch(`${url ?? controlUrl}/nothing`)).ok).toBe(false)
  child.kill('SIGTERM')
  expect(await ended).toEqual([0, null])
})

const credentials = {
  COUNTERSIGN_UTGL_ACCESS_KEY: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
  COUNTERSIGN_UTGL_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
}

test('request ends like a program that SIGPIPE ended when nobody reads its result', async () => {
  await using server = await startRecordingServer(() => ({ body: 'x'.repeat(1_000_000) }))
  const child = startProcess(['request', 'utgl', '/a', '--base-url', server.url], credentials)
  child.stdout.destroy()
  expect(await once(child, 'exit')).toEqual([141, null])
})

test('a file is written whole when nobody reads what is said beside it', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer(() => ({ body: 'x'.repeat(1_000_000) }))
  const argv = ['request', 'utgl', '/a', '--base-url', server.url, '--verbose', '-o', `${scratch.path}/a`]
  const child = startProcess(argv, credentials)
  child.stderr.destroy()
  expect(await once(child, 'exit')).toEqual([0, null])
  expect(await readdir(scratch.path)).toEqual(['a'])
  expect((await stat(`${scratch.path}/a`)).size).toBe(1_000_000)
})

test.each([
  ['proxy', 'utgl', '--environment', 'emulator'],
  ['emulator', 'utgl'],
])('%s listens for signals before it prints its address', async (...argv) => {
  let listens = false
  const seen: boolean[] = []
  const { exitCode } = await runCommand([...argv, '--port', '0', '--json'], {
    untilStopped: async () => {
      listens = true
    },
    onStdout: () => seen.push(listens),
  })
  expect({ seen, exitCode }).toEqual({ seen: [true], exitCode: 0 })
})
