import { mkdir, readdir, readFile, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import type { Io } from '../src/io.ts'
import { createProfiles, type Profiles } from './create-profiles.ts'
import { type Outcome, runCommand } from './run-command.ts'

/** A home with a key in it. */
async function createHome(toml?: string): Promise<Profiles & { key: string; init: Init }> {
  const profiles = await createProfiles(toml)
  const key = await profiles.local('private_key.pem', fixedKeys.rsa2048.privateKey)
  const { env, cwd } = profiles
  const fetch = async () => {
    throw new Error('init sends nothing')
  }
  const init: Init = (words, given = {}) =>
    runCommand(['init', ...words], { cwd, fetch, ...given, env: { ...env, ...given.env } })
  return { ...profiles, key, init }
}

type Init = (
  words: readonly string[],
  given?: Pick<Io, 'onSignal'> & { env?: Record<string, string> },
) => Promise<Outcome>

const speeda = ['speeda', '--client-id', 'client-1', '--key-id', 'key-1', '--private-key', 'private_key.pem']
const cdata = ['cdata', '--account-id', 'x', '--private-key', 'private_key.pem']

test('with all its flags it works without a terminal, and keeps ids and a whole path for the owner alone', async () => {
  await using home = await createHome()
  const { stdout, stderr, exitCode } = await home.init([...speeda, '--yes'])
  expect({ stdout, exitCode }).toEqual({
    stdout: `Saved profile speeda (provider speeda) in ${home.path}.\n`,
    exitCode: 0,
  })
  expect(stderr).toContain('none failed')
  expect(stderr).toContain('Nothing was sent.')
  expect(await readFile(home.path, 'utf8')).toBe(
    `# Profiles of countersign: ids and paths of keys, never a secret.

[profiles.speeda]
provider = "speeda"
privateKey = "${home.key}"
clientId = "client-1"
keyId = "key-1"
`,
  )
  const modes = await Promise.all([home.path, dirname(home.path)].map((path) => stat(path)))
  expect(modes.map(({ mode }) => mode & 0o777)).toEqual([0o600, 0o700])
})

test('--json is one value that says what was kept and what the dry run says', async () => {
  await using home = await createHome()
  const { stdout } = await home.init([...cdata, '--profile', 'acme', '--json', '--quiet'])
  expect(JSON.parse(stdout)).toEqual({
    profile: 'acme',
    provider: 'cdata',
    file: home.path,
    default: true,
    options: { accountId: 'x', privateKey: home.key },
    keyFiles: null,
    missing: [],
    variables: [],
    dryRun: { level: 'ok', sentence: expect.stringContaining('none failed') },
  })
})

const kept = `# mine
[profiles.acme] # the first
provider = "cdata" # comment
accountId = "before" # replaced with its value
lifetimeSeconds = 90 # kept
privateKey = "acme.pem"

# about the defaults
[defaults]
utgl = "cards" # kept too

[profiles.cards]
provider = "utgl"
environment = "emulator"
`

test('comments, and what is not given, stay when a profile is changed', async () => {
  await using home = await createHome(kept)
  await home.file('acme.pem', fixedKeys.rsa2048.privateKey)
  const words = ['cdata', '--profile', 'acme', '--account-id', 'after']
  const refused = await home.init(words)
  expect(refused).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining('--force') })
  expect(await readFile(home.path, 'utf8')).toBe(kept)
  const { stderr, exitCode } = await home.init([...words, '--force'])
  expect({ exitCode, stderr }).toMatchObject({ exitCode: 0, stderr: expect.not.stringContaining('comments') })
  expect(await readFile(home.path, 'utf8')).toBe(
    kept.replace('accountId = "before" # replaced with its value', 'accountId = "after"'),
  )
})

test('where comments cannot be kept, that is said', async () => {
  await using home = await createHome(
    '# mine\n[profiles]\ncards = { provider = "utgl", environment = "emulator" }\n',
  )
  await home.init(['utgl', '--profile', 'other', '--environment', 'emulator'])
  const { stderr } = await home.init(['utgl', '--profile', 'cards', '--environment', 'emulator', '--force'])
  expect(stderr).toContain('its comments are gone')
  expect((await runCommand(['profiles', 'list'], home)).stdout).toBe(
    `cards  utgl (default)  ${home.path}\nother  utgl            ${home.path}\n`,
  )
})

test('a second profile leaves the default where it was, unless --default is given', async () => {
  await using home = await createHome()
  const add = (name: string, ...more: string[]) => home.init([...cdata, '--profile', name, ...more])
  await add('first')
  const { stderr } = await add('second')
  expect(stderr).toContain('countersign doctor cdata --profile second')
  expect(await readFile(home.path, 'utf8')).toContain('[defaults]\ncdata = "first"\n')
  await add('third', '--default')
  expect(await readFile(home.path, 'utf8')).toContain('[defaults]\ncdata = "third"\n')
})

test('--local keeps a path from its file on, and says when the file needs trust', async () => {
  await using home = await createHome()
  const { exitCode } = await home.init([...cdata, '--local', '--format', 'json'])
  const file = join(home.cwd(), 'countersign.json')
  expect([exitCode, JSON.parse(await readFile(file, 'utf8'))]).toEqual([
    0,
    { profiles: { cdata: { provider: 'cdata', accountId: 'x', privateKey: 'private_key.pem' } } },
  ])
  const elsewhere = await home.init([...cdata, '--local', '--force', '--base-url', 'https://cdata.example'])
  expect(elsewhere).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining(
      'The file counts only once you trust it, because of profiles.cdata.baseUrl: countersign profiles trust',
    ),
  })
  const refused = await home.init([...cdata, '--local', '--force'])
  expect(refused).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('is not trusted') })
  await runCommand(['profiles', 'trust'], home)
  const second = await home.init([...cdata, '--local', '--force', '--format', 'toml'])
  expect(second).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('would make a second file') })
  const own = await home.init(cdata)
  expect(own.stderr).toContain('Next: countersign doctor cdata,')
  const again = await home.init([...cdata, '--local', '--force'])
  expect(again.stderr).toContain('Your own profile cdata of ')
  const other = await home.init([...cdata, '--profile', 'other', '--default', '--json', '--quiet'])
  expect(JSON.parse(other.stdout)).toMatchObject({ default: false })
})

test('a key is made first, and the ids that come back for it are added later', async () => {
  await using home = await createHome()
  const made = await home.init(['speeda', '--generate-key', '--json'])
  const beside = (name: string) => join(dirname(home.path), name)
  expect(made.exitCode).toBe(0)
  expect(JSON.parse(made.stdout)).toMatchObject({
    keyFiles: { privateKey: beside('speeda_private_key.pem'), publicKey: beside('speeda_public_key.pem') },
    missing: ['clientId', 'keyId'],
    dryRun: null,
  })
  expect(made.stderr).toContain('Send the public key to your Customer Success Manager')
  expect(made.stderr).toContain('countersign init speeda, or with --client-id … --key-id … --force as well.')
  expect((await stat(beside('speeda_private_key.pem'))).mode & 0o777).toBe(0o600)
  const ids = ['--client-id', 'client-1', '--key-id', 'key-1']
  const added = await home.init(['speeda', ...ids, '--force'])
  expect(added).toMatchObject({ exitCode: 0, stderr: expect.stringContaining('none failed') })
  const { stdout } = await runCommand(['token', 'speeda', '--environment', 'emulator', '--header'], home)
  expect(stdout).toMatch(/^Authorization: Bearer /)
  const local = await home.init(['utgl', '--generate-key', '--local'])
  expect(local.stderr).toContain('again: countersign init utgl --local, or with ')
  const again = await home.init(['speeda', '--generate-key', '--force'])
  expect(again).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('exists already') })
})

test('a missing private key is reported with the command that generates one', async () => {
  await using home = await createHome()
  const words = (key: string) => ['speeda', '--client-id', 'a', '--key-id', 'b', '--private-key', key]
  const { stdout, stderr, exitCode } = await home.init(words('new key.pem'))
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain('The file new key.pem (--private-key) does not exist (ENOENT).')
  expect(stderr).toContain("countersign keys generate --provider speeda --out 'new key.pem'. ")
  expect(stderr).toContain('--generate-key instead of --private-key')
  const folder = await home.init(words('.'))
  expect(folder.stderr).toContain('(EISDIR)')
  expect(folder.stderr).not.toContain('generate')
  const credentials = await home.init(['paymentsgate', '--credentials', 'gone.json'])
  expect(credentials.stderr).toContain('(ENOENT)')
  expect(credentials.stderr).not.toContain('generate')
})

test('where the profile cannot be written, the new key is taken away again', async () => {
  await using home = await createHome()
  const folder = dirname(home.path)
  await mkdir(folder)
  await symlink(join(folder, 'nowhere', 'file.toml'), home.path)
  const held: string[] = []
  const onSignal = () => {
    held.push('held')
    return () => void held.push('released')
  }
  const { stdout, exitCode } = await home.init(['speeda', '--generate-key'], { onSignal })
  expect({ stdout, exitCode, held }).toEqual({ stdout: '', exitCode: 2, held: ['held', 'released'] })
  expect(await readdir(folder)).toEqual(['countersign.toml'])
})

test('a secret is never kept: its variable is named', async () => {
  await using home = await createHome()
  const words = ['victor', '--environment', 'staging', '--client-id', 'client-1']
  const unset = await home.init(words)
  expect(unset.stderr).toContain('export COUNTERSIGN_VICTOR_CLIENT_SECRET')
  const env = { COUNTERSIGN_VICTOR_CLIENT_SECRET: 'hunter2hunter2' }
  const { stdout, stderr } = await home.init([...words, '--force', '--verbose'], { env })
  expect(stderr).not.toContain('export ')
  expect(stdout + stderr + (await readFile(home.path, 'utf8'))).not.toContain('hunter2')
})

test('the credentials file that a provider hands out is kept as its path', async () => {
  await using home = await createHome()
  const text = JSON.stringify({ account_id: 'a', public_key: fixedKeys.rsa2048.publicKey })
  const credentials = await home.local('credentials.json', text)
  const words = ['paymentsgate', '--environment', 'sandbox', '--credentials', 'credentials.json']
  expect(await home.init(words)).toMatchObject({ exitCode: 0 })
  expect(await readFile(home.path, 'utf8')).toContain(
    `provider = "paymentsgate"\nenvironment = "sandbox"\ncredentials = "${credentials}"\n`,
  )
  await writeFile(credentials, '{}')
  const broken = await home.init([...words, '--force'])
  expect(broken).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('`account_id` is missing') })
})

test('what variables and other profiles say does not answer for the new one', async () => {
  await using home = await createHome(
    '[profiles.old]\nprovider = "cdata"\n[profiles.older]\nprovider = "cdata"\n',
  )
  const env = { COUNTERSIGN_CDATA_LIFETIME_SECONDS: 'nonsense', COUNTERSIGN_PROFILE: 'nobody' }
  const { stderr, exitCode } = await home.init([...cdata, '--profile', 'new'], { env })
  expect({ stderr, exitCode }).toMatchObject({
    exitCode: 0,
    stderr: expect.stringContaining('none failed'),
  })
})

test('what the dry run finds broken is not kept without a person who says so', async () => {
  await using home = await createHome()
  const words = ['utgl', '--access-key', 'no-uuid', '--private-key', 'private_key.pem']
  const { stdout, stderr, exitCode } = await home.init(words)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 6 })
  expect(stderr).toMatch(/^RULE_VIOLATED: .*utgl\.sub/)
  await expect(readFile(home.path)).rejects.toThrow('ENOENT')
})

test('of profiles that are kept at once none is lost', async () => {
  await using home = await createHome()
  const names = ['one', 'two', 'three', 'four']
  const outcomes = await Promise.all(names.map((name) => home.init([...speeda, '--yes', '--profile', name])))
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0, 0, 0])
  const { stdout } = await runCommand(['profiles', 'list'], { env: home.env, cwd: home.cwd })
  expect(stdout.match(/^\w+/gm)?.sort()).toEqual(names.sort())
  expect(await readdir(dirname(home.path))).not.toContain('countersign.toml.lock')
})
