import { createPrivateKey } from 'node:crypto'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeJwt, verifyJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { createFixedClock, serveEmulator, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048

test.each(['speeda', 'cdata', 'victor', 'paymentsgate'])(
  'token %s --environment emulator needs no set-up',
  async (provider) => {
    const { stdout, stderr, exitCode } = await runCommand(['token', provider, '--environment', 'emulator'])
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout).toMatch(/^[\w.-]+\n$/)
  },
)

test('variables of real credentials are put aside by the emulator', async () => {
  const env = { COUNTERSIGN_SPEEDA_CLIENT_ID: 'real', COUNTERSIGN_SPEEDA_ENVIRONMENT: 'emulator' }
  expect(await runCommand(['token', 'speeda'], { env })).toMatchObject({ stdout: 'speeda-access-token-1\n' })
})

test('a UTGL token is for the request that is named', async () => {
  await using scratch = await createScratch()
  const key = await scratch.file('key.pem', privateKey)
  const body = await scratch.file('body.json', '{"hello":"world"}')
  const clock = createFixedClock()
  const base = ['token', 'utgl', '--access-key', '6e33a078-99ed-4aa1-8e67-b0e19e9475fd', '--private-key', key]
  const uri = '/v1/transactions?filter=123'
  const argv = [...base, '--method', 'post', '--uri', uri, '--data', `@${body}`, '--json']
  const { stdout, exitCode } = await runCommand(argv, { clock })
  expect(exitCode).toBe(0)
  const { value, scheme, expiresAt } = JSON.parse(stdout) as Record<string, string>
  expect({ scheme, expiresAt }).toEqual({ scheme: 'Bearer', expiresAt: clock.now() + 20_000 })
  const { claims } = await verifyJwt(value ?? '', publicKey, { algorithm: 'RS256', clock })
  expect(claims).toMatchObject({
    method: 'POST',
    uri,
    body: '93a23971a914e5eacbf0a8d25154cda309c3c1c72fbb9914d47c60f3cb681588',
  })
  const fromStdin = await runCommand([...base, '--method', 'POST', '--uri', uri, '--data', '-', '--json'], {
    clock,
    stdin: '{"hello":"world"}',
  })
  expect(fromStdin.stdout).toBe(stdout)
})

test('a UTGL token without method and URI is a usage error, in the emulator too', async () => {
  const { stderr, stdout, exitCode } = await runCommand(['token', 'utgl', '--environment', 'emulator'])
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain('--method and --uri are missing')
})

test('a URI that would be sent in another form is refused, and the form is told', async () => {
  const argv = ['token', 'utgl', '--environment', 'emulator', '--method', 'GET', '--uri', '/v1/a b']
  const { stderr, exitCode } = await runCommand(argv)
  expect(exitCode).toBe(2)
  expect(stderr).toContain('/v1/a%20b')
})

test('--header is the line as it is sent', async () => {
  const argv = ['token', 'victor', '--environment', 'emulator', '--header']
  expect((await runCommand(argv)).stdout).toMatch(/^Authorization: Token eyJ[\w-]+\.[\w-]+\.[\w-]+\n$/)
})

test('the key comes from a file, from stdin, or from a variable with its newlines written out', async () => {
  await using scratch = await createScratch()
  const clock = createFixedClock()
  const base = ['token', 'cdata', '--account-id', 'example']
  const file = await scratch.file('key.pem', privateKey)
  const fromFile = await runCommand([...base, '--private-key', file], { clock })
  const fromStdin = await runCommand([...base, '--private-key', '-'], { clock, stdin: privateKey })
  const env = { COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey.replaceAll('\n', '\\n') }
  const fromVariable = await runCommand(base, { clock, env })
  expect(fromFile).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^eyJ/) })
  expect(fromStdin).toEqual(fromFile)
  expect(fromVariable).toEqual(fromFile)
})

test('flags come before variables', async () => {
  const env = { COUNTERSIGN_CDATA_ACCOUNT_ID: 'variable', COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey }
  const claimsOf = async (argv: string[]) => {
    const { stdout } = await runCommand(['token', 'cdata', ...argv], { env })
    return JSON.parse(Buffer.from(stdout.split('.')[1] ?? '', 'base64url').toString()) as object
  }
  expect(await claimsOf([])).toMatchObject({ iss: 'variable' })
  expect(await claimsOf(['--account-id', 'flag', '--connection-ids', 'a, b'])).toMatchObject({
    iss: 'flag',
    connection_ids: ['a', 'b'],
  })
})

test.each([
  ['no key', 'KEY_MALFORMED'],
  [publicKey, 'KEY_NOT_PRIVATE'],
  [privateKey.slice(0, 400), 'KEY_TRUNCATED'],
])('a bad key exits 3 with its code (%#)', async (key, code) => {
  const env = { COUNTERSIGN_CDATA_PRIVATE_KEY: key }
  const { stdout, stderr, exitCode } = await runCommand(['token', 'cdata', '--account-id', 'example'], {
    env,
  })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 })
  expect(stderr).toMatch(new RegExp(`^${code}: cdata: `))
  expect(stderr).not.toContain('MII')
})

test('an encrypted key is opened by the passphrase of its variable', async () => {
  const cipher = 'aes-256-cbc'
  const passphrase = 'open sesame'
  const key = createPrivateKey(privateKey)
    .export({ type: 'pkcs8', format: 'pem', cipher, passphrase })
    .toString()
  const env = { COUNTERSIGN_CDATA_PRIVATE_KEY: key }
  const argv = ['token', 'cdata', '--account-id', 'example']
  const closed = await runCommand(argv, { env })
  expect(closed).toMatchObject({ stdout: '', exitCode: 3 })
  expect(closed.stderr).toMatch(/^KEY_ENCRYPTED: .*COUNTERSIGN_CDATA_PASSPHRASE/)
  const wrong = await runCommand(argv, { env: { ...env, COUNTERSIGN_CDATA_PASSPHRASE: 'abracadabra' } })
  expect(wrong).toMatchObject({
    stdout: '',
    exitCode: 3,
    stderr: expect.stringMatching(/^KEY_PASSPHRASE_WRONG: /),
  })
  expect(wrong.stderr).not.toContain('abracadabra')
  const open = await runCommand(argv, { env: { ...env, COUNTERSIGN_CDATA_PASSPHRASE: passphrase } })
  expect(open).toMatchObject({ stderr: '', exitCode: 0, stdout: expect.stringMatching(/^eyJ/) })
})

test('a key file that is not there exits 2 and names the flag', async () => {
  const argv = ['token', 'cdata', '--account-id', 'example', '--private-key', '/nowhere/key.pem']
  const { stderr, exitCode } = await runCommand(argv)
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--private-key')
  expect(stderr).toContain('ENOENT')
})

test('a refused token call exits 4, an unreachable one 5', async () => {
  await using server = await startRecordingServer(() => ({ status: 401, body: '{"error":"invalid_client"}' }))
  const env = {
    COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey,
    COUNTERSIGN_SPEEDA_CLIENT_ID: 'x',
    COUNTERSIGN_SPEEDA_KEY_ID: 'y',
  }
  const refused = await runCommand(['token', 'speeda', '--base-url', server.url], { env })
  expect(refused).toMatchObject({ stdout: '', exitCode: 4 })
  expect(refused.stderr).toMatch(/^TOKEN_REQUEST_REJECTED: .*invalid_client/)
  await server.close()
  const unreached = await runCommand(['token', 'speeda', '--base-url', server.url], { env })
  expect(unreached).toMatchObject({ stdout: '', exitCode: 5 })
  expect(unreached.stderr).toMatch(/^NETWORK: .*ECONNREFUSED/)
})

/** Speeda with tokens kept in a directory of the test's own. */
async function speedaWithCache(cache: string) {
  const clock = createFixedClock()
  const emulator = createSpeedaEmulator({ clock })
  const server = await serveEmulator(emulator)
  const { clientId, keyId } = await emulator.register(publicKey)
  const env = { XDG_CACHE_HOME: cache, COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey }
  const argv = ['token', 'speeda', '--client-id', clientId, '--key-id', keyId, '--base-url', server.url]
  const token = async (...more: string[]) =>
    (await runCommand([...argv, ...more], { env, clock })).stdout.trim()
  return { clock, emulator, token, argv, env, [Symbol.asyncDispose]: server.close }
}

test('a second command makes no second exchange; --force, --no-cache and --min-ttl do', async () => {
  await using scratch = await createScratch()
  await using speeda = await speedaWithCache(scratch.path)
  const { token, emulator, clock } = speeda
  expect([await token(), await token()]).toEqual(['speeda-access-token-1', 'speeda-access-token-1'])
  expect(emulator.journal).toHaveLength(1)
  expect(await token('--force')).toBe('speeda-access-token-2')
  expect(await token()).toBe('speeda-access-token-2')
  expect(await token('--no-cache')).toBe('speeda-access-token-3')
  expect(await token()).toBe('speeda-access-token-2')
  clock.advance(200_000)
  expect(await token('--min-ttl', '60s')).toBe('speeda-access-token-2')
  expect(await token('--min-ttl', '2m')).toBe('speeda-access-token-4')
  clock.advance(300_000)
  expect(await token()).toBe('speeda-access-token-5')
})

test('what is kept can be read by its owner only, and its name reveals nothing', async () => {
  await using scratch = await createScratch()
  await using speeda = await speedaWithCache(scratch.path)
  await speeda.token()
  const directory = join(scratch.path, 'countersign')
  const files = await readdir(directory)
  for (const file of files) expect(file).toMatch(/^[\da-f]{64}\.\d+\.jwe$/)
  const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8)
  expect([await mode(directory), await mode(join(directory, files[0] ?? ''))]).toEqual(['700', '600'])
})

test('a cache that cannot be written does not stop the command', async () => {
  await using scratch = await createScratch()
  const file = await scratch.file('a-file', '')
  await using speeda = await speedaWithCache(file)
  expect(await speeda.token()).toBe('speeda-access-token-1')
})

test('nothing of the emulator and nothing that is signed for itself is kept', async () => {
  await using scratch = await createScratch()
  const env = { XDG_CACHE_HOME: scratch.path, COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey }
  await runCommand(['token', 'speeda', '--environment', 'emulator'], { env })
  await runCommand(['token', 'cdata', '--account-id', 'example'], { env })
  expect(await readdir(scratch.path)).toEqual([])
})

test('a refresh token outlives its access token on disk', async () => {
  await using scratch = await createScratch()
  const clock = createFixedClock()
  const emulator = createPaymentsGateEmulator({ clock })
  await using server = await serveEmulator(emulator)
  const { accountId, publicKey } = await emulator.register()
  const file = await scratch.file('public.pem', publicKey)
  const env = { XDG_CACHE_HOME: scratch.path }
  const argv = [
    'token',
    'paymentsgate',
    '--account-id',
    accountId,
    '--public-key',
    file,
    '--base-url',
    server.url,
  ]
  await runCommand(argv, { env, clock })
  clock.advance(4_000_000)
  const { stdout } = await runCommand(argv, { env, clock })
  expect(decodeJwt(stdout.trim()).claims.jti).toBe('paymentsgate-access-token-2')
  await runCommand([...argv, '--force'], { env, clock })
  expect(emulator.journal.map(({ path, status }) => `${path} ${status}`)).toEqual([
    '/auth/token 200',
    '/auth/token/refresh 200',
    '/auth/token/refresh 200',
  ])
})

test("--min-ttl longer than any token's life is reported, and does not fail", async () => {
  const argv = ['token', 'cdata', '--environment', 'emulator', '--min-ttl', '1h']
  const { stderr, stdout, exitCode } = await runCommand(argv)
  expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: expect.stringMatching(/^eyJ/) })
  expect(stderr).toContain('sooner than --min-ttl')
  expect((await runCommand([...argv, '--quiet'])).stderr).toBe('')
  expect(await runCommand([...argv, '--min-ttl', 'soon'])).toMatchObject({ exitCode: 2, stdout: '' })
})

test('--verbose says what happens, without secrets', async () => {
  const { stdout, stderr } = await runCommand(['token', 'speeda', '--environment', 'emulator', '--verbose'])
  expect(stderr).toContain('token.acquired')
  expect(stderr).not.toContain(stdout.trim())
})

test('the emulator in the process is at the documented addresses, whatever variables and profiles say', async () => {
  const env = {
    COUNTERSIGN_SPEEDA_BASE_URL: 'http://127.0.0.1:9',
    COUNTERSIGN_SPEEDA_AUDIENCE: 'https://elsewhere.example',
    COUNTERSIGN_CDATA_BASE_URL: 'https://elsewhere.example/api',
  }
  for (const id of ['speeda', 'cdata']) {
    const outcome = await runCommand(['token', id, '--environment', 'emulator'], { env })
    expect(outcome).toMatchObject({ stderr: '', exitCode: 0 })
  }
  const both = ['token', 'cdata', '--environment', 'emulator', '--base-url', 'http://127.0.0.1:9']
  expect(await runCommand(both)).toMatchObject({
    stdout: '',
    exitCode: 2,
    stderr: expect.stringContaining('--base-url does not go with --environment emulator'),
  })
})
