import { fixedKeys } from '@countersign/fixtures'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { serveEmulator, startRecordingServer } from '@countersign/testing'
import { createUtglEmulator } from '@countersign/utgl/emulator'
import { createVictorEmulator } from '@countersign/victor/emulator'
import { expect, test } from 'vitest'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const accessKey = '6e33a078-99ed-4aa1-8e67-b0e19e9475fd'
const utgl = { COUNTERSIGN_UTGL_ACCESS_KEY: accessKey, COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey }
const cdata = { COUNTERSIGN_CDATA_ACCOUNT_ID: 'example-account', COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey }
const secret = /eyJ|BEGIN|Bearer |Token /

const lines = (stderr: string) => stderr.trimEnd().split('\n').slice(1)

test('another key than the registered one: the emulator names the rule, and the id and key are asked about', async () => {
  const emulator = createUtglEmulator()
  await using server = await serveEmulator(emulator)
  const { accessKey: registered } = await emulator.register(fixedKeys.otherRsa2048.publicKey)
  const argv = ['request', 'utgl', '/ping', '--access-key', registered, '--base-url', `${server.url}/v1`]
  const { stdout, stderr, exitCode } = await runCommand(argv, { env: utgl })
  expect([exitCode, JSON.parse(stdout)]).toEqual([4, expect.objectContaining({ code: 'INVALID_SIGNATURE' })])
  expect(stderr.match(/utgl\.signature/g)).toEqual(['utgl.signature'])
  expect(stderr.match(/https:\/\/developer\.utgl/g)).toHaveLength(1)
  expect(lines(stderr)).toEqual([
    `  Check that the access key ${registered} and this key are registered together. \`countersign doctor utgl\` shows the key's thumbprint.`,
  ])
  expect(stderr).not.toMatch(secret)
})

test('a 401 without a word: what was sent keeps every rule, so what only the provider knows is named', async () => {
  await using server = await startRecordingServer(() => ({ status: 401 }))
  const argv = ['request', 'utgl', 'POST', '/ping', '-d', '{}', '--base-url', server.url]
  const { stderr, exitCode } = await runCommand(argv, { env: utgl })
  expect(exitCode).toBe(4)
  expect(lines(stderr)).toEqual([
    '  Every rule that can be checked here passed. Only the provider can check:',
    '  · `sub` must be a registered access key. utgl.registered',
    '  · The signature must match the registered public key. utgl.signature',
    expect.stringContaining(`Check that the access key ${accessKey} and this key are registered together.`),
  ])
  expect(lines((await runCommand([...argv, '--quiet'], { env: utgl })).stderr)).toEqual([])
})

test.each([
  [3_600_000, "The clock of this computer is 1 h behind the server's."],
  [-38_000, "The clock of this computer is 38 s ahead of the server's."],
])("a clock that is off by %i ms is reported, by the response's Date", async (skewMs, words) => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  const date = new Date(now + skewMs).toUTCString()
  await using server = await startRecordingServer(() => ({ status: 401, headers: { date } }))
  const argv = ['request', 'utgl', '/ping', '--base-url', server.url]
  const { stderr } = await runCommand(argv, { env: utgl, clock: { now: () => now } })
  // The library made one more call, whose token follows the server's time.
  expect(server.requests).toHaveLength(2)
  const [first = ''] = lines(stderr)
  expect(first.replace(/3[78] s/, '38 s')).toContain(words)
  expect(first).toContain('the clock alone is not the reason')
})

test('a clock that breaks a rule says which', async () => {
  const now = Date.parse('2026-11-21T12:00:00Z')
  // After a 403 nothing is sent again: what was sent follows this computer's clock.
  await using server = await startRecordingServer(() => ({
    status: 403,
    headers: { date: new Date(now + 600_000).toUTCString() },
  }))
  const argv = ['request', 'utgl', '/ping', '--base-url', server.url]
  const { stderr } = await runCommand(argv, { env: utgl, clock: { now: () => now } })
  expect(lines(stderr)).toEqual([
    "  The clock of this computer is 10 min behind the server's.",
    expect.stringContaining('Breaks utgl.exp: `exp` was 9 min 40 s ago. `exp` must be in the future.'),
  ])
})

test('a rule that the request itself breaks is named with its source, and nothing is guessed', async () => {
  await using server = await startRecordingServer(() => ({ status: 401 }))
  const argv = ['request', 'cdata', '/poweredby/sources/list', '--base-url', server.url]
  const { stderr } = await runCommand(argv, { env: cdata })
  expect(lines(stderr)).toEqual([
    expect.stringMatching(/^ {2}Breaks cdata\.sub-required: .* https:\/\/docs\.cloud\.cdata\.com\//),
  ])
})

test('a 403 that breaks no rule is left to its own words', async () => {
  await using server = await startRecordingServer(() => ({ status: 403 }))
  const argv = ['request', 'utgl', '/ping', '--base-url', server.url]
  expect(lines((await runCommand(argv, { env: utgl })).stderr)).toEqual([])
})

test('where there are environments the 401 asks for which the credentials are', async () => {
  const emulator = createVictorEmulator({ environment: 'staging' })
  await using server = await serveEmulator(emulator)
  const env = { COUNTERSIGN_VICTOR_API_KEY: accessKey, COUNTERSIGN_VICTOR_PRIVATE_KEY: privateKey }
  const argv = ['request', 'victor', '/v2/accounts', '--environment', 'production', '--base-url', server.url]
  const { stderr } = await runCommand(argv, { env })
  expect(lines(stderr)).toEqual([
    expect.stringContaining('and this key are registered together.'),
    '  The environment was production: are the credentials those of production, not of staging?',
  ])
})

test('a refused token call is explained by the token request, and is an error of its own', async () => {
  const emulator = createSpeedaEmulator()
  await using server = await serveEmulator(emulator)
  const { clientId, keyId } = await emulator.register(fixedKeys.otherRsa2048.publicKey)
  const argv = ['request', 'speeda', '/a', '--base-url', server.url]
  const env = { COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey }
  const { stdout, stderr, exitCode } = await runCommand(
    [...argv, '--client-id', clientId, '--key-id', keyId],
    { env },
  )
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 4 })
  expect(stderr).toMatch(/^TOKEN_REQUEST_REJECTED: speeda: /)
  expect(stderr).not.toContain('.).')
  expect(lines(stderr)).toEqual([
    '  Refused by the rule speeda.signature: The signature did not match. The signature must match the registered public key.',
    expect.stringContaining(
      `the client id ${clientId}, the key id ${keyId} and this key are registered together.`,
    ),
  ])
  expect(stderr).not.toMatch(secret)
})

test('credentials without keys are listed without one', async () => {
  await using scratch = await createScratch()
  await using server = await serveEmulator(createPaymentsGateEmulator())
  const file = await scratch.file('public.pem', publicKey)
  const argv = ['request', 'paymentsgate', '/deals/7', '--account-id', 'nobody', '--public-key', file]
  const { stderr, exitCode } = await runCommand([...argv, '--base-url', server.url])
  expect(exitCode).toBe(4)
  expect(stderr).toMatch(/^TOKEN_REQUEST_REJECTED: /)
  expect(lines(stderr).join('\n')).toContain('Check that the provider has registered the account id nobody')
  expect(stderr).not.toContain('this key')
  expect(stderr).not.toMatch(secret)
})

test('a token that was exchanged and is refused by the API asks for no key', async () => {
  await using server = await startRecordingServer(({ method }) =>
    method === 'POST'
      ? { body: '{"access_token":"one","token_type":"Bearer","expires_in":300}' }
      : { status: 401 },
  )
  const argv = ['request', 'speeda', '/a', '--client-id', 'x', '--key-id', 'y', '--base-url', server.url]
  const { stderr } = await runCommand(argv, { env: { COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey } })
  expect(lines(stderr)).toEqual([
    '  Every rule that can be checked here passed. Only the provider can check:',
    '  · API calls must have a current access token from Speeda. speeda.access-token',
  ])
})

test.each([
  [401, [], true],
  [200, ['--verbose'], true],
  [200, [], false],
])('advised rules that an emulator found broken: %i with %j', async (status, flags, shown) => {
  const headers = { 'x-countersign-advice': 'cdata.lifetime; https://a.example, made-up; https://b.example' }
  await using server = await startRecordingServer(() => ({ status, headers, body: '{}' }))
  const argv = ['request', 'cdata', '/poweredby/sources/list', '--base-url', server.url, ...flags]
  const { stderr } = await runCommand(argv, { env: cdata })
  const line =
    'Advised by cdata.lifetime: `exp` must be after `iat`, by at most 3600 s; 180 s or less is advised.'
  expect(stderr.includes(line)).toBe(shown)
  expect(stderr).not.toContain('made-up')
})
