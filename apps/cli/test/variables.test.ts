import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { decodeJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const accessKey = '6e33a078-99ed-4aa1-8e67-b0e19e9475fd'
const token = ['token', 'utgl', '--method', 'GET', '--uri', '/v1/ping']

test('each variable can name a file instead: ids, keys, and what is not a secret', async () => {
  await using scratch = await createScratch()
  const env = {
    COUNTERSIGN_UTGL_ACCESS_KEY_FILE: await scratch.file('access-key', `${accessKey}\n`),
    COUNTERSIGN_UTGL_PRIVATE_KEY_FILE: await scratch.file('key.pem', privateKey),
    COUNTERSIGN_UTGL_LIFETIME_SECONDS_FILE: await scratch.file('lifetime', '20\r\n'),
  }
  const { stdout, stderr } = await runCommand(token, { env })
  expect(stderr).toBe('')
  const { claims } = decodeJwt(stdout.trim())
  expect(claims).toMatchObject({ sub: accessKey })
  expect(Number(claims.exp) - Number(claims.iat)).toBe(20)
  const whoami = await runCommand(['whoami', 'utgl', '--verbose'], { env })
  expect(whoami.stdout).toMatch(/accessKey\s+6e33a078\S+\s+variable COUNTERSIGN_UTGL_ACCESS_KEY_FILE/)
})

test('the passphrase of a key can be in a file, for every command that opens keys', async () => {
  await using scratch = await createScratch()
  const passphrase = await scratch.file('passphrase', 'correct horse battery\n')
  const key = join(scratch.path, 'key.pem')
  const generate = [
    'keys',
    'generate',
    '--encrypt',
    '--out',
    key,
    '--public-out',
    join(scratch.path, 'public.pem'),
  ]
  const made = await runCommand(generate, { env: { COUNTERSIGN_PASSPHRASE_FILE: passphrase } })
  expect(made.exitCode).toBe(0)
  const env = {
    COUNTERSIGN_UTGL_ACCESS_KEY: accessKey,
    COUNTERSIGN_UTGL_PRIVATE_KEY_FILE: key,
    COUNTERSIGN_UTGL_PASSPHRASE_FILE: passphrase,
  }
  expect((await runCommand(token, { env })).exitCode).toBe(0)
  const inspect = ['keys', 'inspect', key, '--json']
  const opened = await runCommand(inspect, { env: { COUNTERSIGN_PASSPHRASE_FILE: passphrase } })
  expect(JSON.parse(opened.stdout)).toMatchObject({ encrypted: true, type: 'private' })
  const doctor = await runCommand(['doctor', 'utgl', '--json'], { env })
  const { findings } = JSON.parse(doctor.stdout) as { findings: { id: string; level: string }[] }
  expect(findings).toContainEqual(expect.objectContaining({ id: 'private-key', level: 'ok' }))
})

test('a client secret in a file is sent as it is, without the trailing line break', async () => {
  await using scratch = await createScratch()
  await using provider = await startRecordingServer(() => ({
    body: JSON.stringify({ access_token: 'token-1', token_type: 'Bearer', expires: Date.now() + 600_000 }),
  }))
  const env = {
    COUNTERSIGN_VICTOR_BASE_URL: provider.url,
    COUNTERSIGN_VICTOR_ENVIRONMENT_FILE: await scratch.file('environment', 'staging\n'),
    COUNTERSIGN_VICTOR_CLIENT_ID: 'client-1',
    COUNTERSIGN_VICTOR_CLIENT_SECRET_FILE: await scratch.file('secret', 'emulated-secret-1\n'),
  }
  const { exitCode } = await runCommand(['token', 'victor', '--no-cache'], { env })
  expect(exitCode).toBe(0)
  expect(provider.requests[0]?.body.toString()).toContain('emulated-secret-1')
  expect(provider.requests[0]?.body.toString()).not.toMatch(/%0A|\\n|\n/)
})

test("the variable for a provider's credentials file replaces --credentials", async () => {
  await using scratch = await createScratch()
  const file = await scratch.file(
    'c.json',
    JSON.stringify({ account_id: 'account-1', public_key: publicKey }),
  )
  const env = {
    COUNTERSIGN_PAYMENTSGATE_CREDENTIALS_FILE: file,
    COUNTERSIGN_PAYMENTSGATE_ENVIRONMENT: 'sandbox',
  }
  const { stdout } = await runCommand(['whoami', 'paymentsgate', '--verbose'], { env })
  expect(stdout).toMatch(/accountId\s+account-1\s+variable COUNTERSIGN_PAYMENTSGATE_CREDENTIALS_FILE/)
})

test('a variable wins over a profile also when it names a file', async () => {
  await using scratch = await createScratch()
  const config = join(scratch.path, 'countersign')
  await mkdir(config)
  await scratch.file(
    'countersign/countersign.json',
    JSON.stringify({
      profiles: { work: { provider: 'utgl', accessKey: '7a226a63-5e96-4e28-ac22-8d6e3632ee07' } },
    }),
  )
  const env = {
    XDG_CONFIG_HOME: scratch.path,
    COUNTERSIGN_UTGL_ACCESS_KEY_FILE: await scratch.file('access-key', accessKey),
    COUNTERSIGN_UTGL_PRIVATE_KEY_FILE: await scratch.file('key.pem', privateKey),
  }
  const { stdout } = await runCommand(token, { env })
  expect(decodeJwt(stdout.trim()).claims.sub).toBe(accessKey)
})

test.each([
  [
    'both are set',
    { COUNTERSIGN_UTGL_ACCESS_KEY: accessKey, COUNTERSIGN_UTGL_ACCESS_KEY_FILE: '/x' },
    /COUNTERSIGN_UTGL_ACCESS_KEY and COUNTERSIGN_UTGL_ACCESS_KEY_FILE are both set\. Unset one/,
  ],
  [
    'no such file',
    { COUNTERSIGN_UTGL_ACCESS_KEY_FILE: '/nowhere/access-key' },
    /The file \/nowhere\/access-key \(COUNTERSIGN_UTGL_ACCESS_KEY_FILE\) does not exist/,
  ],
  [
    'a key instead of its path',
    { COUNTERSIGN_UTGL_PRIVATE_KEY_FILE: privateKey },
    /The value of COUNTERSIGN_UTGL_PRIVATE_KEY_FILE is not the path of a file\. It may be a key, so it is not shown/,
  ],
])('%s: exit code 2, the variable is named, and nothing is on stdout', async (_case, env, message) => {
  const { stdout, stderr, exitCode } = await runCommand(token, { env })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(message)
  expect(stderr).not.toContain('PRIVATE KEY-')
})

test('a program that exec runs does not get the paths of secrets either', async () => {
  await using scratch = await createScratch()
  const env = {
    COUNTERSIGN_CDATA_ACCOUNT_ID: 'account-1',
    COUNTERSIGN_CDATA_PRIVATE_KEY_FILE: await scratch.file('key.pem', privateKey),
    COUNTERSIGN_PAYMENTSGATE_CREDENTIALS_FILE: '/secrets/c.json',
    COUNTERSIGN_CDATA_PASSPHRASE_FILE: await scratch.file('none', 'not needed'),
  }
  const { stdout } = await runCommand(
    [
      'exec',
      'cdata',
      '--',
      process.execPath,
      '-p',
      'Object.keys(process.env).filter((name) => name.startsWith("COUNTERSIGN")).join()',
    ],
    { env },
  )
  expect(stdout.trim()).toBe('COUNTERSIGN_CDATA_ACCOUNT_ID,COUNTERSIGN_CDATA_TOKEN')
})
