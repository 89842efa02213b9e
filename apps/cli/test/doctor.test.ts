import { generateKeyPairSync } from 'node:crypto'
import { chmod, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { providerIds } from '../src/providers.ts'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const accessKey = '6e33a078-99ed-4aa1-8e67-b0e19e9475fd'

interface Finding {
  id: string
  provider: string | null
  level: string
  sentence: string
  fix: string | null
}

type Given = Parameters<typeof runCommand>[1]

const fixed = createFixedClock()

/** Runs `doctor --json` and finds findings by id. */
async function examine(argv: readonly string[], given: Given = {}) {
  const { stdout, stderr, exitCode } = await runCommand(['doctor', ...argv, '--json'], {
    clock: fixed,
    ...given,
  })
  expect(stderr).toBe('')
  const { findings } = JSON.parse(stdout) as { findings: Finding[] }
  const of = (id: string) => findings.find((finding) => finding.id === id)
  return { findings, of, exitCode, stdout }
}

/** A server that says when it is; nothing of what it is sent holds a credential. */
function startServer(now: number = fixed.now(), status = 404) {
  const date = new Date(now).toUTCString()
  return startRecordingServer(() => ({ status, headers: { date }, body: '' }))
}

const cdata = ['cdata', '--account-id', 'example']
const speedaVariables = {
  COUNTERSIGN_SPEEDA_CLIENT_ID: 'client',
  COUNTERSIGN_SPEEDA_KEY_ID: 'key-1',
  COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey.replaceAll('\n', '\\n'),
}

test.each([
  ['speeda', 'The token call was answered with a token; it ends '],
  ['cdata', 'GET poweredby/account/list was answered 200.'],
  ['utgl', 'GET ping was answered 200.'],
  ['victor', 'GET v2/accounts was answered 200.'],
  ['paymentsgate', 'The token call was answered with a token; it ends '],
])(
  'doctor %s --environment emulator finds nothing to fix, with a real token call too',
  async (provider, words) => {
    await using scratch = await createScratch()
    const env = { XDG_CACHE_HOME: scratch.path }
    const { findings, of, exitCode } = await examine([provider, '--environment', 'emulator', '--online'], {
      env,
    })
    expect(exitCode).toBe(0)
    expect(findings.filter(({ level }) => level !== 'ok')).toEqual([])
    expect(findings.every(({ fix }) => fix === null)).toBe(true)
    for (const id of ['configuration', 'clock', 'dry-run', 'online'])
      expect(of(id)).toMatchObject({ provider, level: 'ok' })
    expect(of('online')?.sentence).toContain(words)
  },
)

test('without a provider all are examined for which anything is configured', async () => {
  const env = { COUNTERSIGN_CDATA_ACCOUNT_ID: 'example', COUNTERSIGN_UTGL_ENVIRONMENT: 'emulator' }
  const { findings, exitCode } = await examine([], { env })
  expect(new Set(findings.map(({ provider }) => provider))).toEqual(new Set([null, 'cdata', 'utgl']))
  expect(exitCode).toBe(2)
  const emulated = await examine(['--environment', 'emulator'])
  expect(new Set(emulated.findings.map(({ provider }) => provider))).toEqual(
    new Set([null, ...providerIds()]),
  )
})

test('with nothing configured it says so and exits 0', async () => {
  const { of, exitCode } = await examine([])
  expect(exitCode).toBe(0)
  expect(of('configuration')).toMatchObject({
    provider: null,
    level: 'warn',
    fix: 'countersign init',
  })
})

test('without --json each finding is a line, followed by its fix', async () => {
  const { stdout, exitCode } = await runCommand(['doctor', 'cdata'])
  expect(exitCode).toBe(2)
  expect(stdout).toMatch(/^this computer\n✓ Node is /)
  expect(stdout).toMatch(
    /\n\ncdata\n✗ CONFIG_INVALID: .*--account-id \(COUNTERSIGN_CDATA_ACCOUNT_ID\).*\n {4}\S/,
  )
})

test.each([
  [['doctor', 'nobody'], 'There is no provider of that name'],
  [['doctor', '--account-id', 'x'], 'name the provider'],
  [['doctor', 'cdata', '--onlin'], 'Did you mean --online?'],
])('%j is a usage error', async (argv, words) => {
  const { stdout, stderr, exitCode } = await runCommand(argv)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(/^CONFIG_INVALID: /)
  expect(stderr).toContain(words)
})

test('a wrong environment and a secret as a flag fail as configuration', async () => {
  const wrong = await examine(['victor'], { env: { COUNTERSIGN_VICTOR_ENVIRONMENT: 'moon' } })
  expect(wrong.exitCode).toBe(2)
  expect(wrong.of('configuration')).toMatchObject({
    level: 'fail',
    sentence: expect.stringContaining('must be production, staging or emulator'),
  })
  expect((await examine(['victor', '--client-secret', 'hush'])).exitCode).toBe(2)
})

test.each([
  ['utgl', ['--access-key', 'no-uuid'], 'utgl.sub'],
  ['victor', ['--environment', 'staging', '--api-key', 'no-uuid'], 'victor.sub'],
])(
  'an id of %s that is not a UUID is found by the dry run, and is not refused before',
  async (id, own, rule) => {
    await using server = await startServer()
    await using scratch = await createScratch()
    const key = await scratch.file('private_key.pem', privateKey)
    const argv = [id, ...own, '--private-key', key, '--base-url', server.url]
    const { findings } = await examine(argv)
    const broken = findings.filter(({ sentence }) => sentence.includes(`(${rule})`))
    expect(broken).toMatchObject([{ level: 'fail', sentence: expect.stringContaining('a UUID') }])
    expect(findings.find(({ id: finding }) => finding === 'configuration')?.level).not.toBe('fail')
  },
)

test('all is well with a good key, a good clock and a server that answers; nothing secret is sent or said', async () => {
  const clock = createFixedClock()
  await using server = await startServer(clock.now())
  await using scratch = await createScratch()
  const key = await scratch.file('private_key.pem', fixedKeys.rsa4096.privateKey)
  await scratch.file('public_key.pem', fixedKeys.rsa4096.publicKey)
  await chmod(key, 0o600)
  const env = { XDG_CACHE_HOME: scratch.path, COUNTERSIGN_CDATA_BASE_URL: server.url }
  const { findings, of, exitCode, stdout } = await examine([...cdata, '--private-key', key], { env, clock })
  expect(findings.filter(({ level }) => level !== 'ok')).toEqual([
    {
      id: 'online',
      provider: 'cdata',
      level: 'warn',
      sentence: 'The credentials were not tried: the provider may still refuse them.',
      fix: 'countersign doctor cdata --online',
    },
  ])
  expect(exitCode).toBe(0)
  expect(of('configuration')?.sentence).toContain('--account-id')
  expect(of('configuration')?.sentence).toContain('COUNTERSIGN_CDATA_BASE_URL')
  expect(of('private-key')?.sentence).toMatch(/pkcs8 in PEM, not encrypted\. .*: [\w-]{43}$/)
  expect(of('private-key.size')?.sentence).toContain('4096')
  expect(of('key-file')?.sentence).toContain('0600')
  expect(of('public-key-beside')?.sentence).toContain('public_key.pem is the public half')
  expect(of('dry-run')?.sentence).toMatch(/[1-9]\d* rules passed, none failed/)
  expect(stdout).not.toMatch(/MII|eyJ|example/)
  expect(server.requests.map(({ method, target }) => `${method} ${target}`)).toEqual(['HEAD /'])
  expect(server.requests[0]?.header('authorization')).toBeUndefined()
})

test('a skewed clock fails where it breaks a rule, and warns where it breaks none', async () => {
  const clock = createFixedClock()
  await using behind = await startServer(clock.now() + 3_600_000)
  await using ahead = await startServer(clock.now() - 90_000)
  const env = { COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey, COUNTERSIGN_UTGL_ACCESS_KEY: accessKey }
  const late = await examine(['utgl', '--base-url', `${behind.url}/v1`], { env, clock })
  expect(late.exitCode).toBe(6)
  expect(late.of('clock')).toMatchObject({
    level: 'fail',
    sentence: expect.stringMatching(/^The clock is 1 h behind the server's, which breaks utgl\.exp\.$/),
    fix: expect.stringContaining('timedatectl'),
  })
  expect(late.of('dry-run')).toMatchObject({ level: 'ok' })
  const early = await examine(['utgl', '--base-url', `${ahead.url}/v1`], { env, clock })
  expect(early.of('clock')?.sentence).toMatch(/^The clock is 1 min 2\d s ahead of the server's/)
  const credentials = {
    COUNTERSIGN_VICTOR_CLIENT_ID: 'a',
    COUNTERSIGN_VICTOR_CLIENT_SECRET: 'hush-hush-hush',
  }
  const proofless = await examine(['victor', '--base-url', behind.url, '--environment', 'production'], {
    env: credentials,
    clock,
  })
  expect(proofless.exitCode).toBe(0)
  expect(proofless.of('clock')).toMatchObject({ level: 'warn' })
  expect(proofless.stdout).not.toContain('hush')
})

test('a server whose clock agrees, or that sends no Date, gives no warning', async () => {
  const clock = createFixedClock()
  await using near = await startServer(clock.now() - 4_000)
  await using silent = await startRecordingServer(() => ({ body: '' }))
  const env = { COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey }
  expect((await examine([...cdata, '--base-url', near.url], { env, clock })).of('clock')).toMatchObject({
    level: 'ok',
  })
  const timeless = await examine([...cdata, '--base-url', silent.url], { env, clock })
  expect(timeless).toMatchObject({ exitCode: 0 })
  expect(timeless.of('clock')).toBeUndefined()
})

test('a refused connection, an unknown name and a server that never answers exit 5', async () => {
  const env = { COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey }
  const gone = await startServer(0)
  await gone.close()
  const refused = await examine([...cdata, '--base-url', gone.url], { env })
  expect(refused.exitCode).toBe(5)
  expect(refused.of('connection')).toMatchObject({
    level: 'fail',
    sentence: expect.stringContaining('refuses connections (ECONNREFUSED)'),
    fix: `curl --head ${gone.url}`,
  })
  const missing: typeof fetch = () =>
    Promise.reject(
      new TypeError('fetch failed', { cause: Object.assign(new Error('x'), { code: 'ENOTFOUND' }) }),
    )
  const unknown = await examine(cdata, { env, fetch: missing })
  expect(unknown.exitCode).toBe(5)
  expect(unknown.of('dns')).toMatchObject({
    level: 'fail',
    fix: expect.stringContaining('nslookup cloud.cdata.com'),
  })
  await using silent = await startRecordingServer(() => ({ hang: true }))
  const late = await examine([...cdata, '--base-url', silent.url], { env, deadlineMs: 50 })
  expect(late.exitCode).toBe(5)
  expect(late.of('connection')?.sentence).toContain('did not answer in time')
})

test('a redirect is an answer and is not followed', async () => {
  await using elsewhere = await startServer()
  await using server = await startRecordingServer(() => ({
    status: 307,
    headers: { location: elsewhere.url },
    body: '',
  }))
  const env = { COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey }
  const { of } = await examine([...cdata, '--base-url', server.url], { env })
  expect(of('connection')).toMatchObject({ level: 'ok', sentence: expect.stringContaining('answered 307') })
  expect(elsewhere.requests).toEqual([])
})

test('a key that others can read, in a folder that others can write to, is told with its chmod', async () => {
  await using server = await startServer()
  await using scratch = await createScratch()
  const folder = join(scratch.path, 'keys')
  await mkdir(folder)
  const key = await scratch.file('keys/my key.pem', privateKey)
  await chmod(key, 0o644)
  await chmod(folder, 0o757)
  const env = { HOME: scratch.path }
  const { of, exitCode } = await examine([...cdata, '--base-url', server.url, '--private-key', key], { env })
  expect(exitCode).toBe(0)
  expect(of('key-file')).toEqual({
    id: 'key-file',
    provider: 'cdata',
    level: 'warn',
    sentence: 'Other users can read the key file: its mode is 0644.',
    fix: "chmod 600 ~/'keys/my key.pem'",
  })
  expect(of('key-folder')).toMatchObject({ level: 'warn', fix: 'chmod go-w ~/keys' })
  expect(of('private-key.size')).toMatchObject({
    level: 'warn',
    sentence: expect.stringContaining('4096 are advised'),
    fix: 'countersign keys generate --provider cdata',
  })
})

test('a public key of another pair beside the key is told', async () => {
  await using scratch = await createScratch()
  await using server = await startServer()
  const key = await scratch.file('a.pem', privateKey)
  await scratch.file('a.pub', fixedKeys.otherRsa2048.publicKey)
  const { of } = await examine([...cdata, '--base-url', server.url, '--private-key', key])
  expect(of('public-key-beside')).toMatchObject({
    level: 'warn',
    sentence: expect.stringContaining('a.pub lies beside the key and is of another pair'),
    fix: expect.stringMatching(/^countersign keys public \S*a\.pem$/),
  })
})

test('a short, public, cut-off or closed key exits 3 and is not sent anywhere', async () => {
  await using server = await startServer()
  const short = generateKeyPairSync('rsa', { modulusLength: 1024 })
  const passphrase = 'open sesame'
  const closed = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey
  const sealed = closed.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase }).toString()
  const judge = (key: string, more: Record<string, string> = {}) =>
    examine([...cdata, '--base-url', server.url], { env: { COUNTERSIGN_CDATA_PRIVATE_KEY: key, ...more } })
  const shortKey = await judge(short.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  expect(shortKey.exitCode).toBe(3)
  expect(shortKey.findings.find(({ level }) => level === 'fail')).toMatchObject({
    sentence: expect.stringContaining('KEY_TOO_SHORT'),
    fix: expect.stringContaining('countersign keys generate --provider cdata'),
  })
  for (const [key, code] of [
    [publicKey, 'KEY_NOT_PRIVATE'],
    [privateKey.slice(0, 400), 'KEY_TRUNCATED'],
    [sealed, 'KEY_ENCRYPTED'],
  ] as const) {
    const { of, exitCode, stdout } = await judge(key)
    expect(exitCode).toBe(3)
    expect(of('private-key')).toMatchObject({ level: 'fail', sentence: expect.stringContaining(code) })
    expect(stdout).not.toContain('MII')
  }
  expect(server.requests).toEqual([])
  const wrong = await judge(sealed, { COUNTERSIGN_CDATA_PASSPHRASE: 'abracadabra' })
  expect(wrong).toMatchObject({ exitCode: 3 })
  expect(wrong.of('private-key')?.sentence).toContain('KEY_PASSPHRASE_WRONG')
  expect(wrong.stdout).not.toContain('abracadabra')
  const open = await judge(sealed, { COUNTERSIGN_CDATA_PASSPHRASE: passphrase })
  expect(open.exitCode).toBe(0)
  expect(open.of('private-key')?.sentence).toContain(', encrypted.')
})

test('a key from stdin serves every look at it', async () => {
  await using server = await startServer()
  const argv = [...cdata, '--base-url', server.url, '--private-key', '-']
  const { of, exitCode } = await examine(argv, { stdin: privateKey })
  expect(exitCode).toBe(0)
  expect(of('private-key')).toMatchObject({ level: 'ok' })
  expect(of('dry-run')).toMatchObject({ level: 'ok' })
})

test('--online makes the token call, and a refusal exits 4', async () => {
  await using refusing = await startServer(fixed.now(), 401)
  const argv = ['speeda', '--base-url', refusing.url]
  const dry = await examine(argv, { env: speedaVariables })
  expect(dry.exitCode).toBe(0)
  expect(dry.of('online')).toMatchObject({ level: 'warn', fix: expect.stringMatching(/ --online$/) })
  const refused = await examine([...argv, '--online'], { env: speedaVariables })
  expect(refused.exitCode).toBe(4)
  expect(refused.of('online')).toMatchObject({
    level: 'fail',
    sentence: expect.stringContaining('TOKEN_REQUEST_REJECTED'),
  })
  expect(refusing.requests.map(({ method }) => method)).toEqual(['HEAD', 'HEAD', 'POST'])
})

test.each([
  [200, 'ok', 0],
  [404, 'warn', 0],
  [401, 'fail', 4],
])('--online sends the example request where no call gets a token: %i is %s', async (status, level, code) => {
  await using server = await startServer(fixed.now(), status)
  const env = { COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey, COUNTERSIGN_UTGL_ACCESS_KEY: accessKey }
  const { of, exitCode } = await examine(['utgl', '--base-url', `${server.url}/v1`, '--online'], { env })
  expect(of('online')).toMatchObject({ level })
  expect(exitCode).toBe(code)
  expect(server.requests.at(-1)?.target).toBe('/v1/ping')
})
