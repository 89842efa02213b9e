import { decodeJwt, verifyJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
import { createFixedClock, serveEmulator } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createProfiles } from './create-profiles.ts'
import { runCommand } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048

const two = `
[profiles.acme]
provider = "cdata"
accountId = "acme-account"
privateKey = "keys/acme.pem"

[profiles.other]
provider = "cdata"
accountId = "other-account"
privateKey = "keys/acme.pem"

[defaults]
cdata = "acme"
`

/** What is said of the profile that is used. */
const usingProfile = /^(?:Using the profile [\w.-]+ of \/.*\/countersign\.json\n)?$/

/** The account that a token of CData is for. */
async function accountOf(outcome: ReturnType<typeof runCommand>): Promise<unknown> {
  const { stdout, stderr, exitCode } = await outcome
  expect({ stderr, exitCode }).toEqual({ stderr: expect.stringMatching(usingProfile), exitCode: 0 })
  return decodeJwt(stdout.trim()).claims.iss
}

test('a token comes from the default profile, its key from a path that counts from the file', async () => {
  await using profiles = await createProfiles(two)
  await profiles.file('keys/acme.pem', privateKey)
  const clock = createFixedClock()
  const { stdout, stderr, exitCode } = await runCommand(['token', 'cdata'], { env: profiles.env, clock })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  const { claims } = await verifyJwt(stdout.trim(), publicKey, { algorithm: 'RS256', clock })
  expect(claims.iss).toBe('acme-account')
})

test('flags come before variables, variables before the profile', async () => {
  await using profiles = await createProfiles(two)
  await profiles.file('keys/acme.pem', privateKey)
  const env = { ...profiles.env, COUNTERSIGN_CDATA_ACCOUNT_ID: 'from-variable' }
  expect(await accountOf(runCommand(['token', 'cdata'], { env }))).toBe('from-variable')
  const argv = ['token', 'cdata', '--account-id', 'from-flag']
  expect(await accountOf(runCommand(argv, { env }))).toBe('from-flag')
})

test('--profile chooses before COUNTERSIGN_PROFILE, and that before the default', async () => {
  await using profiles = await createProfiles(two)
  await profiles.file('keys/acme.pem', privateKey)
  const env = { ...profiles.env, COUNTERSIGN_PROFILE: 'other' }
  expect(await accountOf(runCommand(['token', 'cdata'], { env }))).toBe('other-account')
  expect(await accountOf(runCommand(['token', 'cdata', '--profile', 'acme'], { env }))).toBe('acme-account')
})

test("a profile of the current folder comes before one's own default, in JSON as in TOML", async () => {
  await using profiles = await createProfiles(two)
  await profiles.local('here.pem', privateKey)
  await profiles.local(
    'countersign.json',
    JSON.stringify({ profiles: { here: { provider: 'cdata', accountId: 'local', privateKey: 'here.pem' } } }),
  )
  const { env, cwd } = profiles
  expect(await accountOf(runCommand(['token', 'cdata'], { env, cwd }))).toBe('local')
})

test('a current folder that is gone hides no profile, and --verbose says which one is used', async () => {
  await using profiles = await createProfiles(two)
  await profiles.file('keys/acme.pem', privateKey)
  const cwd = () => {
    throw new Error('no such folder')
  }
  const argv = ['token', 'cdata', '--verbose']
  const { stderr, exitCode } = await runCommand(argv, { env: profiles.env, cwd })
  expect(exitCode).toBe(0)
  expect(stderr).toContain(`Using the profile acme of ${profiles.path}\n`)
})

test('a profile of PaymentsGate names the credentials file, or the file of the public key', async () => {
  const emulator = createPaymentsGateEmulator()
  const { accountId, publicKey: given } = await emulator.register(publicKey)
  await using server = await serveEmulator(emulator)
  const base = `provider = "paymentsgate"\nbaseUrl = "${server.url}"\n`
  await using profiles = await createProfiles(
    `[profiles.all]\n${base}credentials = "all.json"\n[profiles.key]\n${base}accountId = "${accountId}"\npublicKey = "public.pem"\n`,
  )
  await profiles.file('all.json', JSON.stringify({ account_id: accountId, public_key: given }))
  await profiles.file('public.pem', publicKey)
  for (const name of ['all', 'key']) {
    const argv = ['token', 'paymentsgate', '--no-cache', '--profile', name]
    const { stderr, exitCode } = await runCommand(argv, { env: profiles.env })
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  }
})

test("variables of one kind of credentials put aside the profile's of another", async () => {
  await using profiles = await createProfiles(
    '[profiles.v]\nprovider = "victor"\nenvironment = "staging"\nclientId = "oauth-client"\n',
  )
  const env = {
    ...profiles.env,
    COUNTERSIGN_VICTOR_API_KEY: 'api',
    COUNTERSIGN_VICTOR_PRIVATE_KEY: privateKey,
  }
  const { stdout, stderr, exitCode } = await runCommand(['token', 'victor'], { env })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(decodeJwt(stdout.trim()).header.alg).toBe('RS512')
})

test('the emulator needs no profile, and is not hindered by a broken one', async () => {
  await using profiles = await createProfiles('this is not TOML')
  const argv = ['token', 'cdata', '--environment', 'emulator']
  expect(await runCommand(argv, { env: profiles.env })).toMatchObject({ stderr: '', exitCode: 0 })
})

test('what is missing of a profile is named as ever; a bad key exits 3', async () => {
  await using profiles = await createProfiles(
    '[profiles.a]\nprovider = "cdata"\nprivateKey = "public.pem"\n[profiles.b]\nprovider = "cdata"\naccountId = "b"\nprivateKey = "public.pem"\n',
  )
  await profiles.file('public.pem', publicKey)
  const missing = await runCommand(['token', 'cdata', '--profile', 'a'], { env: profiles.env })
  expect(missing).toMatchObject({ stdout: '', exitCode: 2 })
  expect(missing.stderr).toContain('--account-id (COUNTERSIGN_CDATA_ACCOUNT_ID) is missing')
  const bad = await runCommand(['token', 'cdata', '--profile', 'b'], { env: profiles.env })
  expect(bad).toMatchObject({ stdout: '', exitCode: 3 })
  expect(bad.stderr).toMatch(/^KEY_NOT_PRIVATE: /m)
})

test.each([
  ['clientSecret = "hunter2"', 'profiles.p.clientSecret is a secret', 'COUNTERSIGN_VICTOR_CLIENT_SECRET'],
  ['client_secret = "hunter2"', 'profiles.p.client_secret is a secret', 'COUNTERSIGN_VICTOR_CLIENT_SECRET'],
  ['passphrase = "hunter2"', 'profiles.p.passphrase is a secret', 'COUNTERSIGN_VICTOR_PASSPHRASE'],
  ['access_token = "hunter2"', 'profiles.p.access_token sounds like a secret', ''],
  [
    'privateKey = "-----BEGIN hunter2"',
    'profiles.p.privateKey holds a key',
    'COUNTERSIGN_VICTOR_PRIVATE_KEY',
  ],
  [`privateKey = "LS0t${'hunter2'.repeat(20)}"`, 'profiles.p.privateKey holds a key', ''],
  ['apiKey = "-----BEGIN hunter2"', 'profiles.p.apiKey holds a key', 'COUNTERSIGN_VICTOR_PRIVATE_KEY'],
  ['privateKey = { kty = "RSA", d = "hunter2" }', 'profiles.p.privateKey holds a key', ''],
  ['api_key = "hunter2"', 'profiles.p.api_key is not an option of victor: it is written apiKey', ''],
  ['accountId = "hunter2"', 'profiles.p.accountId is not an option of victor', ''],
  ['fetch = "hunter2"', 'profiles.p.fetch is not an option of victor', ''],
  ['"__proto__" = "hunter2"', 'profiles.p.__proto__ is not an option of victor', ''],
  ['environment = "hunter2"', 'profiles.p.environment must be production, staging or emulator', ''],
  ['lifetimeSeconds = "hunter2"', 'profiles.p.lifetimeSeconds must be a whole number', ''],
  ['apiKey = 7', 'profiles.p.apiKey is not a string', ''],
  ['privateKey = 7', 'profiles.p.privateKey must be the path of a file', ''],
  ['baseUrl = "hunter2"', 'profiles.p.baseUrl is not an absolute', ''],
])('a profile with %s is refused, and the value unseen', async (line, words, variable) => {
  await using profiles = await createProfiles(`[profiles.p]\nprovider = "victor"\n${line}\n`)
  const { stdout, stderr, exitCode } = await runCommand(['token', 'victor'], { env: profiles.env })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(/^CONFIG_INVALID: /)
  expect(stderr).toContain(words)
  expect(stderr).toContain(variable)
  expect(stderr).not.toContain('hunter2')
})

test("the text of PaymentsGate's public key has no place in a profile", async () => {
  const text = Buffer.from(publicKey).toString('base64')
  await using profiles = await createProfiles(
    `[profiles.p]\nprovider = "paymentsgate"\npublicKey = "${text}"\n`,
  )
  const { stdout, stderr, exitCode } = await runCommand(['token', 'paymentsgate'], { env: profiles.env })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain('profiles.p.publicKey holds a key')
  expect(stderr).toContain('COUNTERSIGN_PAYMENTSGATE_PUBLIC_KEY')
  expect(stderr).not.toContain(text.slice(0, 20))
})

test.each([
  ['hunter2 is not TOML', 'is not valid TOML (line 1'],
  ['profiles = "hunter2"', 'profiles is not a table'],
  ['[profiles.p]\nprovider = "hunter2"', 'profiles.p.provider must be one of speeda'],
  ['[profiles."hunter2 hunter2"]\nprovider = "utgl"', 'is not a valid name'],
  ['clientSecret = "hunter2"', 'clientSecret is not a member'],
  ['[defaults]\nutgl = "hunter2"', 'defaults.utgl does not name a profile of utgl'],
  ['[defaults]\nnobody = "hunter2"', 'defaults.nobody is not a provider'],
  [
    '[profiles.p]\nprovider = "utgl"\n[defaults]\ncdata = "p"',
    'defaults.cdata does not name a profile of cdata',
  ],
])('a file that says %j is refused', async (text, words) => {
  await using profiles = await createProfiles(text)
  const { stdout, stderr, exitCode } = await runCommand(['token', 'utgl'], { env: profiles.env })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(/^CONFIG_INVALID: /)
  expect(stderr).toContain(words)
  expect(stderr).not.toContain('hunter2')
})

test('broken JSON is refused without a word of it', async () => {
  await using profiles = await createProfiles()
  await profiles.local('countersign.json', '{"clientSecret": hunter2')
  const { env, cwd } = profiles
  const { stderr, exitCode } = await runCommand(['token', 'utgl', '--verbose'], { env, cwd })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('countersign.json is not valid JSON.')
  expect(stderr).not.toContain('hunter2')
})

test('two files in one folder are one too many', async () => {
  await using profiles = await createProfiles(two)
  await profiles.file('countersign.json', '{}')
  const { stderr, exitCode } = await runCommand(['token', 'cdata'], { env: profiles.env })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('holds countersign.toml and countersign.json: keep one')
})

test('several profiles without a default are not guessed between; a lone one is taken', async () => {
  await using profiles = await createProfiles(two.replace('cdata = "acme"', ''))
  const { stderr, exitCode } = await runCommand(['token', 'cdata'], { env: profiles.env })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('none of them is its default: acme, other.')
  expect(stderr).toContain('countersign profiles use acme')
})

test.each([
  [['token', 'cdata', '--profile', 'nobody'], 'no profile of that name', 'Profiles: acme, other.'],
  [['token', 'utgl', '--profile', 'acme'], 'The profile acme is for cdata, not for utgl', ''],
  [['token', 'cdata'], 'acme.pem (profiles.acme.privateKey) cannot be read (ENOENT)', ''],
])('%j is answered with what to do', async (argv, words, more) => {
  await using profiles = await createProfiles(two)
  const { stdout, stderr, exitCode } = await runCommand(argv, { env: profiles.env })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain(words)
  expect(stderr).toContain(more)
})

test('--profile without any file says where one is looked for', async () => {
  await using profiles = await createProfiles()
  const argv = ['token', 'cdata', '--profile', 'acme']
  const { stderr, exitCode } = await runCommand(argv, { env: profiles.env })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('no countersign.toml or countersign.json in the current folder or in ')
})
