import { execFile } from 'node:child_process'
import { parseEnv, promisify } from 'node:util'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { type TokenFormat, tokenText } from '../src/token-text.ts'
import { runCommand } from './run-command.ts'

const run = promisify(execFile)
const emulated = ['token', 'speeda', '--environment', 'emulator']

test.each([
  ['env', `export COUNTERSIGN_SPEEDA_TOKEN='speeda-access-token-1'\n`],
  ['dotenv', `COUNTERSIGN_SPEEDA_TOKEN=speeda-access-token-1\n`],
])('--format %s prints one line', async (format, stdout) => {
  expect(await runCommand([...emulated, '--format', format])).toEqual({ stdout, stderr: '', exitCode: 0 })
})

test('--format json is --json', async () => {
  const keys = { value: 'speeda-access-token-1', scheme: 'Bearer', expiresAt: expect.any(Number) as number }
  const format = await runCommand([...emulated, '--format', 'json'])
  expect(JSON.parse(format.stdout)).toEqual(keys)
  expect(JSON.parse((await runCommand([...emulated, '--json'])).stdout)).toEqual(keys)
  expect(format).toMatchObject({ stderr: '', exitCode: 0 })
})

test('the token of one request has the forms too', async () => {
  const argv = ['token', 'utgl', '--environment', 'emulator', '--method', 'GET', '--uri', '/v1/ping']
  const { stdout } = await runCommand([...argv, '--format', 'env'])
  expect(stdout).toMatch(/^export COUNTERSIGN_UTGL_TOKEN='eyJ[\w-]+\.[\w-]+\.[\w-]+'\n$/)
})

test.each([
  [['--header', '--json'], '--header and --json'],
  [['--header', '--format', 'env'], '--header and --format'],
  [['--json', '--format', 'json'], '--json and --format'],
  [['--header', '--json', '--format', 'env'], '--header, --json and --format'],
  [['--format', 'yaml'], 'env, dotenv or json'],
  [['--format'], '--format'],
])('%j is a usage error, and no token is got', async (more, words) => {
  const { stdout, stderr, exitCode } = await runCommand([...emulated, '--verbose', ...more])
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(/^CONFIG_INVALID: /)
  expect(stderr).toContain(words)
  expect(stderr).not.toContain('token.acquired')
})

test.each(['env', 'dotenv', 'json'])('a command that fails prints nothing in form %s', async (format) => {
  await using server = await startRecordingServer(() => ({ status: 401, body: '{"error":"invalid_client"}' }))
  const env = { COUNTERSIGN_SPEEDA_PRIVATE_KEY: fixedKeys.rsa2048.privateKey }
  const speeda = ['token', 'speeda', '--client-id', 'a', '--key-id', 'b', '--format', format]
  const refused = await runCommand([...speeda, '--base-url', server.url], { env })
  expect(refused).toMatchObject({ stdout: '', exitCode: 4 })
  const badKey = await runCommand(speeda, { env: { COUNTERSIGN_SPEEDA_PRIVATE_KEY: 'no key' } })
  expect(badKey).toMatchObject({ stdout: '', exitCode: 3 })
  await server.close()
  const unreached = await runCommand([...speeda, '--base-url', server.url], { env })
  expect(unreached).toMatchObject({ stdout: '', exitCode: 5 })
})

const odd = [`it's`, '$(touch x)`id`', '"double"', 'back\\slash\\n', '#hash', '!bang', `'$HOME`]
const textOf = (value: string, format: TokenFormat) =>
  tokenText({ value, scheme: 'Bearer', expiresAt: 0 }, 'speeda', format)

test.each(odd)('a shell reads back %s', async (value) => {
  const script = `${textOf(value, 'env')}; printenv COUNTERSIGN_SPEEDA_TOKEN`
  const { stdout } = await run('sh', ['-c', script])
  expect(stdout).toBe(`${value}\n`)
})

test.each(['eyJh.eyJi-_.c2ln', 'YWJj+/8=', 'opaque~token.1'])(
  'docker --env-file, which takes a value as it is written, reads back %s',
  (value) => expect(textOf(value, 'dotenv')).toBe(`COUNTERSIGN_SPEEDA_TOKEN=${value}`),
)

test.each(odd)('a reader of .env files reads back %s', (value) => {
  expect(parseEnv(textOf(value, 'dotenv'))).toEqual({ COUNTERSIGN_SPEEDA_TOKEN: value })
})
