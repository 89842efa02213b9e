import { createPublicKey } from 'node:crypto'
import { keyThumbprint } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { serveEmulator, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createProfiles } from './create-profiles.ts'
import { runCommand } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const text = `
[profiles.acme]
provider = "cdata"
accountId = "acme-account"
subAccountId = "acme-sub"
privateKey = "acme.pem"
`

const thumbprint = () => keyThumbprint(createPublicKey(publicKey).export({ format: 'jwk' }))

test('whoami says who asks, without a call and without a secret', async () => {
  await using profiles = await createProfiles(text)
  await profiles.file('acme.pem', privateKey)
  const { stdout, stderr, exitCode } = await runCommand(['whoami', 'cdata'], { env: profiles.env })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(stdout).toBe(
    `${[
      'cdata (profile acme)',
      '  base URL          https://cloud.cdata.com/api',
      '  accountId         acme-account',
      `  privateKey        thumbprint ${await thumbprint()}`,
      '  subAccountId      acme-sub',
    ].join('\n')}\n`,
  )
})

test('in a terminal too narrow for three columns, whoami --verbose has each source below its value', async () => {
  await using profiles = await createProfiles(text)
  await profiles.file('acme.pem', privateKey)
  const given = { env: profiles.env, isTTY: true, columns: 80 }
  const { stdout } = await runCommand(['whoami', 'cdata', '--verbose', '--no-color'], given)
  const [, ...rows] = stdout.trimEnd().split('\n')
  const indent = ' '.repeat(20)
  expect(rows).toContain(`  privateKey        thumbprint ${await thumbprint()}`)
  expect(stdout).toContain(`  accountId         acme-account\n${indent}profile acme\n`)
  expect(stdout).toContain(`${await thumbprint()}\n${indent}profile acme\n`)
  expect(rows.filter((row) => row.length > 80)).toEqual([])
  const wide = await runCommand(['whoami', 'cdata', '--verbose', '--no-color'], { ...given, columns: 200 })
  expect(wide.stdout).toBe((await runCommand(['whoami', 'cdata', '--verbose'], { env: profiles.env })).stdout)
})

test('whoami --verbose has the source of every value, defaults too', async () => {
  await using profiles = await createProfiles(text)
  await profiles.file('acme.pem', privateKey)
  const env = { ...profiles.env, COUNTERSIGN_CDATA_SUB_ACCOUNT_ID: 'sub-of-variable' }
  const argv = ['whoami', 'cdata', '--account-id', 'of-flag', '--verbose']
  const { stdout, exitCode } = await runCommand(argv, { env })
  expect(exitCode).toBe(0)
  expect(stdout).toContain(`cdata (profile acme of ${profiles.path})`)
  for (const line of [
    /^ {2}accountId +of-flag +--account-id$/m,
    /^ {2}subAccountId +sub-of-variable +variable COUNTERSIGN_CDATA_SUB_ACCOUNT_ID$/m,
    /^ {2}privateKey +thumbprint [\w-]{43} +profile acme$/m,
    /^ {2}lifetimeSeconds +180 +default$/m,
    /^ {2}base URL +https:\/\/cloud\.cdata\.com\/api +default$/m,
  ])
    expect(stdout).toMatch(line)
})

test('whoami without a provider shows all that are set up, as one JSON value', async () => {
  await using profiles = await createProfiles(text)
  await profiles.file('acme.pem', privateKey)
  const env = {
    ...profiles.env,
    COUNTERSIGN_VICTOR_ENVIRONMENT: 'staging',
    COUNTERSIGN_VICTOR_CLIENT_ID: 'oauth-client',
    COUNTERSIGN_VICTOR_CLIENT_SECRET: 'hunter2hunter2',
  }
  const { stdout, stderr, exitCode } = await runCommand(['whoami', '--json'], { env })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(stdout).not.toContain('hunter2')
  const { providers } = JSON.parse(stdout) as { providers: unknown[] }
  expect(providers).toMatchObject([
    {
      provider: 'cdata',
      profile: 'acme',
      file: profiles.path,
      values: {
        accountId: { value: 'acme-account', source: 'profile acme' },
        privateKey: { value: `thumbprint ${await thumbprint()}`, source: 'profile acme' },
      },
    },
    {
      provider: 'victor',
      profile: null,
      file: null,
      values: {
        environment: { value: 'staging', source: 'variable COUNTERSIGN_VICTOR_ENVIRONMENT' },
        clientSecret: { value: '[secret]', source: 'variable COUNTERSIGN_VICTOR_CLIENT_SECRET' },
      },
    },
  ])
})

test('with a named profile, only that one is shown', async () => {
  await using profiles = await createProfiles(`${text}[profiles.u]\nprovider = "utgl"\naccessKey = "a"\n`)
  await profiles.file('acme.pem', privateKey)
  const env = { ...profiles.env, COUNTERSIGN_PROFILE: 'acme' }
  const { stdout, exitCode } = await runCommand(['whoami'], { env })
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^cdata /)
  expect(stdout).not.toContain('utgl')
})

test("PaymentsGate's public key is a secret, here too", async () => {
  const env = {
    COUNTERSIGN_PAYMENTSGATE_ENVIRONMENT: 'sandbox',
    COUNTERSIGN_PAYMENTSGATE_ACCOUNT_ID: 'account-1',
    COUNTERSIGN_PAYMENTSGATE_PUBLIC_KEY: publicKey,
  }
  const { stdout, exitCode } = await runCommand(['whoami', 'paymentsgate', '--verbose'], { env })
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/publicKey +\[secret\] +variable COUNTERSIGN_PAYMENTSGATE_PUBLIC_KEY$/m)
  expect(stdout).not.toContain('BEGIN')
})

test("the emulator is nobody's address", async () => {
  const { stdout, exitCode } = await runCommand(['whoami', 'utgl', '--environment', 'emulator', '--json'])
  expect(exitCode).toBe(0)
  expect(JSON.parse(stdout)).toMatchObject({
    providers: [{ baseUrl: null, values: { environment: { value: 'emulator', source: '--environment' } } }],
  })
})

test.each([
  [['whoami'], 'Nothing is set up'],
  [['whoami', 'nobody'], 'There is no provider of that name'],
  [['whoami', '--account-id', 'x'], 'Name the provider'],
  [['whoami', 'cdata'], '--account-id (COUNTERSIGN_CDATA_ACCOUNT_ID) and'],
  [['whoami', 'cdata', '--access-key', 'x'], '--access-key is not an option of this provider'],
  [['whoami', 'victor', '--client-secret', 'hunter2'], 'COUNTERSIGN_VICTOR_CLIENT_SECRET'],
])('%j is a usage error', async (argv, words) => {
  const { stdout, stderr, exitCode } = await runCommand(argv)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(/^CONFIG_INVALID: /)
  expect(stderr).toContain(words)
  expect(stderr).not.toContain('hunter2')
})

test('a bad key is said to be bad', async () => {
  await using profiles = await createProfiles(text)
  await profiles.file('acme.pem', publicKey)
  const { stdout, stderr, exitCode } = await runCommand(['whoami', 'cdata'], { env: profiles.env })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 })
  expect(stderr).toMatch(/^KEY_NOT_PRIVATE: /)
})

/** A provider at an address, and the command that proves itself there. */
async function proveAt(baseUrl: string, { keyId = '' } = {}, ...more: string[]) {
  const flags = ['--client-id', 'client-1', '--key-id', keyId, '--base-url', baseUrl]
  return runCommand(['whoami', 'speeda', ...flags, '--online', ...more], {
    env: { COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey },
  })
}

test('whoami --online makes one call, and says what came of it', async () => {
  const emulator = createSpeedaEmulator()
  await using server = await serveEmulator(emulator)
  const { clientId, keyId } = await emulator.register(publicKey)
  const argv = ['whoami', 'speeda', '--client-id', clientId, '--key-id', keyId, '--base-url', server.url]
  const env = { COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey }
  expect((await runCommand(argv, { env })).exitCode).toBe(0)
  expect(emulator.journal).toHaveLength(0)
  const { stdout, stderr, exitCode } = await runCommand([...argv, '--online', '--json'], { env })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(JSON.parse(stdout).providers[0].online).toEqual({
    accepted: true,
    sentence: expect.stringMatching(/^The token call was answered with a token; it ends /),
    fix: null,
  })
  expect(stdout).not.toContain('speeda-access-token')
  expect(emulator.journal).toHaveLength(1)
})

test.each([
  [{ status: 401, body: '{"error":"invalid_client"}' }, 4, 'TOKEN_REQUEST_REJECTED'],
  [{ status: 200, body: '<html>hunter2' }, 4, 'TOKEN_RESPONSE_INVALID'],
])('what is answered %j is not accepted: exit %i', async (response, exitCode, code) => {
  await using server = await startRecordingServer(() => response)
  const ended = await proveAt(server.url, { keyId: 'key-1' }, '--json')
  expect(ended).toMatchObject({ stderr: '', exitCode })
  expect(JSON.parse(ended.stdout).providers[0].online).toMatchObject({
    accepted: false,
    sentence: expect.stringContaining(`${code}: `),
    fix: expect.any(String),
  })
  expect(ended.stdout).not.toContain('hunter2')
})

test('a response that says nothing about the credentials does not prove them', async () => {
  await using server = await startRecordingServer(() => ({ status: 404, body: '{}' }))
  const argv = ['whoami', 'utgl', '--access-key', 'a', '--base-url', server.url, '--online']
  const { stdout, exitCode } = await runCommand(argv, { env: { COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey } })
  expect(stdout).toMatch(/^ {2}✗ GET ping was answered 404, which says nothing about the credentials\.$/m)
  expect(exitCode).toBe(4)
})

test('--online works with a key from stdin, which is read once', async () => {
  const emulator = createSpeedaEmulator()
  await using server = await serveEmulator(emulator)
  const { clientId, keyId } = await emulator.register(publicKey)
  const flags = ['--client-id', clientId, '--key-id', keyId, '--base-url', server.url, '--private-key', '-']
  const ended = await runCommand(['whoami', 'speeda', ...flags, '--online'], { stdin: privateKey })
  expect(ended).toMatchObject({ stderr: '', exitCode: 0 })
})
