import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { decodeJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { serveEmulator, startRecordingServer } from '@countersign/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { toRetryDelay } from '../src/request/retry.ts'
import { runCommand } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const env = {
  COUNTERSIGN_UTGL_ACCESS_KEY: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
  COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey,
  COUNTERSIGN_CDATA_ACCOUNT_ID: 'example-account',
  COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey,
}
const atOnce = { 'retry-after': '0' }
const busy = (failures: number, headers: Record<string, string> = atOnce) =>
  startRecordingServer((_request, count) => (count <= failures ? { status: 503, headers } : { body: '"ok"' }))

const now = Date.parse('2026-11-21T12:00:00Z')
test.each([
  ['nothing is said: twice as long each time', {}, 0, {}, 300],
  ['nothing is said, the third time', {}, 2, {}, 1200],
  ['Retry-After in seconds', { 'retry-after': '7' }, 0, {}, 7000],
  ['Retry-After as a date', { 'retry-after': 'Sat, 21 Nov 2026 12:00:09 GMT' }, 0, {}, 9000],
  [
    'a date by a server whose clock is off',
    { 'retry-after': 'Sat, 21 Nov 2026 13:00:09 GMT', date: 'Sat, 21 Nov 2026 13:00:00 GMT' },
    0,
    {},
    9000,
  ],
  ['X-Ratelimit-Reset in seconds', { 'x-ratelimit-reset': '7' }, 0, {}, 7000],
  [
    'X-Ratelimit-Reset in milliseconds',
    { 'x-ratelimit-reset': '700' },
    0,
    { rateLimitReset: 'milliseconds' },
    700,
  ],
  [
    'X-Ratelimit-Reset as a time in milliseconds',
    { 'x-ratelimit-reset': String(now + 700) },
    0,
    { rateLimitReset: 'milliseconds' },
    700,
  ],
  ['X-Ratelimit-Reset as a time in seconds', { 'x-ratelimit-reset': String(now / 1000 + 7) }, 0, {}, 7000],
  ['Retry-After is stronger', { 'retry-after': '1', 'x-ratelimit-reset': '9' }, 0, {}, 1000],
] as const)('the wait when %s', (_title, headers, attempt, advice, expected) => {
  expect(toRetryDelay(new Headers(headers), attempt, advice, now)).toBe(expected)
})

test('--retry sends it again, each time with a proof of its own, and says so', async () => {
  await using server = await busy(2)
  // One clock for all attempts would make the same proof thrice: it moves on.
  let seconds = now
  const clock = { now: () => (seconds += 1000) }
  const argv = ['request', 'utgl', '/a', '--retry', '3', '--base-url', server.url]
  const { stdout, stderr, exitCode } = await runCommand(argv, { env, clock })
  expect({ stdout, exitCode }).toEqual({ stdout: '"ok"', exitCode: 0 })
  expect(stderr.trim().split('\n')).toEqual([
    'Answered 503: retrying in 0 s (1 of 3).',
    'Answered 503: retrying in 0 s (2 of 3).',
  ])
  const proofs = server.requests.map((request) => request.header('authorization')?.slice(7) ?? '')
  expect(new Set(proofs.map((proof) => decodeJwt(proof).claims.iat)).size).toBe(3)
  expect((await runCommand([...argv, '--quiet'], { env })).stderr).toBe('')
})

test('when no time is left to try, the last refusal is the answer', async () => {
  await using server = await busy(9)
  const argv = ['request', 'utgl', '/a', '--base-url', server.url, '--retry']
  const first = await runCommand([...argv, '1'], { env })
  expect(first).toMatchObject({ stdout: '{}', exitCode: 4, stderr: expect.stringContaining('HTTP_STATUS:') })
  expect(server.requests).toHaveLength(2)
  const never = await runCommand([...argv, '0'], { env })
  expect([never.exitCode, server.requests.length]).toEqual([4, 3])
})

test.each([
  [400, 1],
  [404, 1],
  [429, 2],
  [500, 2],
])('a %i is sent %i times', async (status, times) => {
  await using server = await startRecordingServer(() => ({ status, headers: atOnce }))
  await runCommand(['request', 'utgl', '/a', '--retry', '1', '--base-url', server.url], { env })
  expect(server.requests).toHaveLength(times)
})

test("UTGL's X-Ratelimit-Reset counts milliseconds", async () => {
  await using server = await startRecordingServer((_request, count) =>
    count === 1 ? { status: 429, headers: { 'x-ratelimit-reset': '40' } } : {},
  )
  const argv = ['request', 'utgl', '/a', '--retry', '1', '--base-url', server.url]
  expect((await runCommand(argv, { env })).stderr).toBe('Answered 429: retrying in 0.1 s (1 of 1).\n')
})

test('a network that fails is tried again', async () => {
  let count = 0
  const server = createServer((request, response) => {
    count += 1
    if (count === 1) request.socket.destroy()
    else response.end('"ok"')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const argv = ['request', 'utgl', '/a', '--retry', '1', '--base-url', `http://127.0.0.1:${port}`]
  const answered = await runCommand(argv, { env })
  expect(answered).toEqual({
    stdout: '"ok"',
    stderr: 'NETWORK: retrying in 0.3 s (1 of 1).\n',
    exitCode: 0,
  })
  await once(server.close(), 'close')
  const gone = await runCommand(argv, { env })
  expect(gone).toMatchObject({ stdout: '', exitCode: 5 })
  expect(gone.stderr).toMatch(/^NETWORK: retrying in 0\.3 s \(1 of 1\)\.\nNETWORK: utgl: /)
})

test('a POST to UTGL carries one Idempotency-Key over all attempts, and none without --retry', async () => {
  await using server = await busy(1)
  const argv = ['request', 'utgl', '/a', '-d', '{}', '--base-url', server.url]
  expect((await runCommand([...argv, '--retry', '1'], { env })).exitCode).toBe(0)
  await runCommand(argv, { env })
  const keys = server.requests.map((request) => request.header('idempotency-key'))
  expect(keys).toEqual([expect.stringMatching(/^[\da-f-]{36}$/), keys[0], undefined])
})

test.each([
  ['POST', [], 1],
  ['PATCH', [], 1],
  ['PUT', [], 2],
  ['DELETE', [], 2],
  ['POST', ['--retry-unsafe'], 2],
  ['POST', ['-H', 'Idempotency-Key: mine'], 2],
])('elsewhere a %s with %j is sent %i times', async (method, more, times) => {
  await using server = await busy(1)
  const argv = ['request', 'cdata', method, '/a', '--retry', '2', '--base-url', server.url, ...more]
  const { stderr } = await runCommand(argv, { env })
  expect(server.requests).toHaveLength(times)
  if (times === 1) expect(stderr).toContain('--retry-unsafe allows it')
})

test('a refused token call is made again for any method: the API was not reached', async () => {
  const emulator = createSpeedaEmulator()
  await using server = await serveEmulator(emulator)
  const { clientId, keyId } = await emulator.register(publicKey)
  emulator.faults.once({ on: 'token', status: 503 })
  const argv = ['request', 'speeda', 'POST', '/a', '--retry', '1', '--base-url', server.url]
  const identity = ['--client-id', clientId, '--key-id', keyId]
  await runCommand([...argv, ...identity], { env: { COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey } })
  expect(emulator.journal.map(({ endpoint, status }) => `${endpoint} ${status}`)).toEqual([
    'token 503',
    'token 200',
    expect.stringMatching(/^api /),
  ])
})

test.each([
  ['60 s', '60'],
  ['more than a year', '9'.repeat(400)],
])('a wait of %s is longer than the time left and is not waited for', async (words, after) => {
  await using server = await busy(1, { 'retry-after': after })
  const argv = ['request', 'utgl', '/a', '--retry', '1', '--base-url', server.url]
  const { stderr, exitCode } = await runCommand(argv, { env })
  expect([exitCode, server.requests.length]).toEqual([4, 1])
  expect(stderr).toContain(`the wait of ${words} is longer than the time left`)
})

test('--timeout ends all of it, attempts and body included, with exit 5', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  await using silent = await startRecordingServer(() => {
    vi.advanceTimersByTime(200)
    return { hang: true }
  })
  await using endless = await startRecordingServer(() => ({ endless: true }))
  for (const { url } of [silent, endless]) {
    if (url === endless.url) vi.useRealTimers()
    const argv = ['request', 'utgl', '/a', '--timeout', '200ms', '--retry', '5', '-o', '/dev/null']
    const outcome = await runCommand([...argv, '--base-url', url], { env })
    expect(outcome).toMatchObject({
      exitCode: 5,
      stderr: expect.stringMatching(/^TIMEOUT: utgl: .* did not finish within the --timeout of 0\.2 s/),
    })
  }
  expect(silent.requests).toHaveLength(1)
})

test.each([
  [['--retry', 'many'], '--retry must be a whole number'],
  [['--retry', '-1'], '--retry must be a whole number'],
  [['--retry', '1.5'], '--retry must be a whole number'],
  [['--timeout', 'soon'], '--timeout must be a duration'],
  [['--timeout', '0s'], 'longer than 0'],
  [['--timeout', '60d'], 'shorter than 24 days'],
])('%j is a usage error', async (more, words) => {
  const outcome = await runCommand(['request', 'utgl', '/a', ...more], { env })
  expect(outcome).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining(words) })
})
