import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, open, readFile, stat, truncate } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createScratch } from './run-command.ts'

const bin = new URL('../src/bin.ts', import.meta.url).pathname

const accessKey = '00000000-0000-4000-8000-000000000000'

function start(
  argv: readonly string[],
  env: Record<string, string> = {},
  {
    stdout = 'pipe',
    flags = [],
    cwd,
  }: { stdout?: number | 'pipe'; flags?: readonly string[]; cwd?: string } = {},
): ChildProcess {
  const { PATH = '' } = process.env
  return spawn(process.execPath, [...flags, '--conditions=@countersign/source', bin, ...argv], {
    env: { PATH, ...env },
    ...(cwd === undefined ? {} : { cwd }),
    stdio: ['pipe', stdout, 'pipe'],
  })
}

async function outcome(child: ChildProcess): Promise<{ stdout: string; stderr: string; exitCode: unknown }> {
  if (child.stdout === null || child.stderr === null) throw new Error('no pipes')
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ])
  return { stdout, stderr, exitCode }
}

test("the process ends with the command's exit code and streams", async () => {
  expect(await outcome(start(['--version']))).toEqual({ stdout: '0.0.0\n', stderr: '', exitCode: 0 })
  const { stdout, stderr, exitCode } = await outcome(start(['token', 'nobody']))
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(/^CONFIG_INVALID: /)
})

test('a token goes through pipes: its request is read from stdin', async () => {
  await using scratch = await createScratch()
  const argv = [
    'token',
    'utgl',
    '--environment',
    'emulator',
    '--method',
    'POST',
    '--uri',
    '/v1/ping',
    '--data',
    '-',
  ]
  const child = start(argv, { HOME: scratch.path })
  child.stdin?.end('{"hello":"world"}')
  const { stdout, exitCode } = await outcome(child)
  expect(exitCode).toBe(0)
  const claims: unknown = JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString())
  expect(claims).toMatchObject({ body: '93a23971a914e5eacbf0a8d25154cda309c3c1c72fbb9914d47c60f3cb681588' })
})

test.each(['SIGTERM', 'SIGINT'] as const)(
  'the emulator prints one line of JSON, serves, and exits 0 on %s',
  async (signal) => {
    const child = start(['emulator', 'utgl', '--port', '0', '--json'])
    const ended = outcome(child)
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
    const { providers } = JSON.parse(line.toString()) as { providers: { utgl: { baseUrl: string } } }
    const answer = await fetch(`${providers.utgl.baseUrl}/ping`)
    expect([answer.status, answer.headers.get('x-countersign-rule')]).toEqual([
      401,
      expect.stringMatching(/^utgl\./),
    ])
    child.kill(signal)
    const { stdout, exitCode } = await ended
    expect(exitCode).toBe(0)
    expect(stdout.trim().split('\n')).toHaveLength(1)
  },
)

test('a reader that leaves ends the command quietly, as SIGPIPE ends others', async () => {
  await using server = await startRecordingServer(() => ({ endless: true }))
  await using scratch = await createScratch()
  const key = await scratch.file('key.pem', fixedKeys.rsa2048.privateKey)
  const child = start([
    'request',
    'cdata',
    '/a',
    '--account-id',
    'x',
    '--private-key',
    key,
    '--base-url',
    server.url,
  ])
  child.stdout?.once('data', () => child.stdout?.destroy())
  if (child.stderr === null) throw new Error('no pipe')
  const [stderr, exit] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect({ stderr, exit }).toEqual({ stderr: '', exit: [141, null] })
})

test('without a command that serves, a signal ends the process at once', async () => {
  await using server = await startRecordingServer(() => ({ hang: true }))
  await using scratch = await createScratch()
  const file = await scratch.file(
    'public.pem',
    '-----BEGIN PUBLIC KEY-----\nRU1V\n-----END PUBLIC KEY-----\n',
  )
  const argv = ['token', 'paymentsgate', '--account-id', 'x', '--public-key', file, '--base-url', server.url]
  const child = start(argv, { XDG_CACHE_HOME: scratch.path })
  const asked = async () => {
    while (server.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
  }
  await asked()
  child.kill('SIGINT')
  expect(await once(child, 'exit')).toEqual([null, 'SIGINT'])
})

test('a body that is too large to be signed ends the command, and does not leave it hanging', async () => {
  await using scratch = await createScratch()
  const key = await scratch.file('key.pem', fixedKeys.rsa2048.privateKey)
  const body = await scratch.file('body.bin', '')
  await truncate(body, 104_857_600)
  const argv = ['request', 'utgl', 'POST', '/v1/a', '--access-key', accessKey, '--private-key', key]
  // V8 is at work in other threads when the command ends, and even more so with this flag.
  const flags = ['--stress-concurrent-allocation']
  for (let count = 0; count < 5; count++) {
    const { stderr, exitCode } = await outcome(start([...argv, '--data', `@${body}`], {}, { flags }))
    expect({ exitCode, stderr }).toEqual({ exitCode: 2, stderr: expect.stringMatching(/^BODY_TOO_LARGE: /) })
  }
})

/** The most memory that a process has held so far, MiB. */
async function peakMemory(pid: number | undefined): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024
}

test('a large file is not held in memory, on its way out where it is not signed, and on its way in', async () => {
  await using scratch = await createScratch()
  const key = await scratch.file('key.pem', fixedKeys.rsa2048.privateKey)
  const body = await scratch.file('body.bin', '')
  const bytes = 512 * 1_048_576
  await truncate(body, bytes)
  let received = 0
  const sent = Promise.withResolvers<ServerResponse>()
  const server = createServer((incoming, outgoing) => {
    incoming.on('data', (chunk: Buffer) => {
      received += chunk.length
    })
    incoming.once('end', () => sent.resolve(outgoing))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const options = ['--account-id', 'a', '--private-key', key, '--base-url', url]
  const child = start(
    ['request', 'cdata', 'POST', '/a', ...options, '--data', `@${body}`, '-o', `${scratch.path}/out`],
    {},
  )
  const ended = outcome(child)
  const outgoing = await sent.promise
  expect(received).toBe(bytes)
  expect(await peakMemory(child.pid)).toBeLessThan(400)
  const piece = Buffer.alloc(1_048_576)
  for (let count = 0; count < 512; count++) if (!outgoing.write(piece)) await once(outgoing, 'drain')
  expect(await peakMemory(child.pid)).toBeLessThan(400)
  outgoing.end()
  expect(await ended).toEqual({ stdout: '', stderr: '', exitCode: 0 })
  expect((await stat(`${scratch.path}/out`)).size).toBe(bytes)
  server.close()
})

test('a result that cannot be written is an error of one line', async () => {
  await using full = await open('/dev/full', 'w')
  const child = start(['--version'], {}, { stdout: full.fd })
  if (child.stderr === null) throw new Error('no pipe')
  const [stderr, exit] = await Promise.all([text(child.stderr), once(child, 'exit')])
  expect({ stderr, exit }).toEqual({
    stderr: 'UNEXPECTED: stdout cannot be written (ENOSPC).\n',
    exit: [1, null],
  })
})

test("without a home folder, one's own profiles are not looked for in the current folder", async () => {
  await using scratch = await createScratch()
  await mkdir(join(scratch.path, '.config/countersign'), { recursive: true })
  const profile = '[profiles.stranger]\nprovider = "utgl"\nbaseUrl = "https://stranger.example"\n'
  await scratch.file('.config/countersign/countersign.toml', profile)
  const { stdout, exitCode } = await outcome(
    start(['profiles', 'list'], { HOME: '', XDG_CONFIG_HOME: '' }, { cwd: scratch.path }),
  )
  expect(exitCode).toBe(0)
  expect(stdout).not.toContain('stranger')
})
