import { mkdir, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { decodeJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { providers as registry } from '@countersign/providers'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { allowedWithoutTrust } from '../src/profiles/members.ts'
import { createProfiles, type Profiles } from './create-profiles.ts'
import { createSigner } from './create-signer.ts'
import { runCommand } from './run-command.ts'

const { privateKey } = fixedKeys.rsa2048

const cdata = `[profiles.p]\nprovider = "cdata"\naccountId = "a"\nprivateKey = "key.pem"\n`

/** A folder from elsewhere: its file, and a key beside it. */
async function createFolder(toml: string, own?: string): Promise<Profiles & { file: Profiles['file'] }> {
  const profiles = await createProfiles(own)
  await profiles.local('key.pem', privateKey)
  await profiles.local('countersign.toml', toml)
  return profiles
}

const run = ({ env, cwd }: Profiles, argv: readonly string[], more: Record<string, string> = {}) =>
  runCommand(argv, { env: { ...env, ...more }, cwd })

test("a folder's file may hold the provider, ids, lifetimes, the environment and key files inside it", async () => {
  await using profiles = await createFolder(
    `[profiles.p]
provider = "cdata"
accountId = "a"
subAccountId = "s"
connectionIds = ["c"]
lifetimeSeconds = 60
environment = "production"
privateKey = "keys/../key.pem"
[defaults]
cdata = "p"
`,
  )
  const { stdout, stderr, exitCode } = await run(profiles, ['token', 'cdata'])
  expect(decodeJwt(stdout.trim()).claims).toMatchObject({ iss: 'a', sub: 's' })
  const file = join(profiles.cwd(), 'countersign.toml')
  expect({ stderr, exitCode }).toEqual({ stderr: `Using the profile p of ${file}\n`, exitCode: 0 })
  expect((await run(profiles, ['token', 'cdata', '--quiet'])).stderr).toBe('')
})

test.each([
  ['cdata', 'baseUrl = "http://127.0.0.1:9/api"', 'baseUrl'],
  ['cdata', 'baseUrl = "https://collector.example/api"', 'baseUrl'],
  ['cdata', 'backdateSeconds = 1', 'backdateSeconds'],
  ['speeda', 'audience = "https://collector.example"', 'audience'],
  ['victor', 'reuse = "until-expiry"', 'reuse'],
  ['paymentsgate', 'baseUrl = "http://localhost:9"', 'baseUrl'],
])("a folder's file for %s with %s needs trust, whatever else is given", async (id, line, member) => {
  await using server = await startRecordingServer()
  await using profiles = await createFolder(
    `[profiles.p]\nprovider = "${id}"\n${line.replace(':9', `:${new URL(server.url).port}`)}\n`,
    `[profiles.mine]\nprovider = "${id}"\n`,
  )
  const calls: [string[], Record<string, string>][] = [
    [['token', id], {}],
    [['token', id, '--profile', 'p'], {}],
    [['request', id, '/x'], {}],
    [['whoami', id], {}],
    [['token', id], { COUNTERSIGN_PROFILE: 'mine' }],
    [['token', id], { COUNTERSIGN_CDATA_ACCOUNT_ID: 'a', COUNTERSIGN_CDATA_PRIVATE_KEY: privateKey }],
  ]
  for (const [argv, env] of calls) {
    const { stdout, stderr, exitCode } = await run(profiles, argv, env)
    expect({ argv, stdout, exitCode }).toEqual({ argv, stdout: '', exitCode: 2 })
    expect(stderr).toContain(`profiles.p.${member}`)
    expect(stderr).toContain('countersign profiles trust')
  }
  expect(server.requests).toEqual([])
})

test.each([
  ['another folder, by ..', '../key.pem', undefined],
  ['another folder, by an absolute path', '/etc/hosts', undefined],
  ['the home folder', '~/key.pem', undefined],
  ['another folder, by a link', 'link.pem', '../outside.pem'],
  ['another folder, by a link of a folder', 'keys/outside.pem', '..'],
  ['nowhere, by a link', 'dangling.pem', '../later.pem'],
  ['a place that does not exist', '../nowhere/key.pem', undefined],
])('a key path that leads to %s needs trust', async (_title, path, target) => {
  await using profiles = await createFolder(cdata.replace('key.pem', path))
  await writeFile(join(profiles.cwd(), '../outside.pem'), privateKey)
  if (target !== undefined)
    await symlink(target, join(profiles.cwd(), target === '..' ? dirname(path) : path))
  const { stdout, stderr, exitCode } = await run(profiles, ['token', 'cdata'])
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain('profiles.p.privateKey (its path leads out of the folder)')
})

test('a key path inside the folder may be absolute, and the folder may be reached by a link', async () => {
  await using profiles = await createFolder(cdata)
  const real = profiles.cwd()
  const link = `${real}-link`
  await symlink(real, link)
  for (const path of [join(real, 'key.pem'), join(link, 'key.pem')]) {
    await profiles.local('countersign.toml', cdata.replace('key.pem', path))
    expect((await runCommand(['token', 'cdata'], { env: profiles.env, cwd: () => link })).exitCode).toBe(0)
  }
})

test('trust is for this path with this content, and any change ends it', async () => {
  await using profiles = await createFolder(`${cdata}baseUrl = "http://127.0.0.1:9/api"\n`)
  const path = join(profiles.cwd(), 'countersign.toml')
  expect((await run(profiles, ['token', 'cdata'])).exitCode).toBe(2)
  expect(await run(profiles, ['profiles', 'trust'])).toEqual({
    stdout: `${path} is trusted, until it changes.\n`,
    stderr: 'This counts now: profiles.p.baseUrl.\n',
    exitCode: 0,
  })
  expect((await run(profiles, ['token', 'cdata'])).exitCode).toBe(0)
  const trusted = join(dirname(profiles.path), 'trusted.json')
  expect((await stat(trusted)).mode & 0o777).toBe(0o600)
  expect(await readdir(dirname(profiles.path))).toEqual(['trusted.json'])

  const text = await readFile(path, 'utf8')
  await writeFile(path, text.replace('127.0.0.1:9', '127.0.0.1:8'))
  expect((await run(profiles, ['token', 'cdata'])).exitCode).toBe(2)
  await writeFile(path, text)
  expect((await run(profiles, ['token', 'cdata'])).exitCode).toBe(0)

  const elsewhere = `${profiles.cwd()}-copy`
  await mkdir(elsewhere)
  await writeFile(join(elsewhere, 'countersign.toml'), text)
  const copied = await runCommand(['token', 'cdata'], { env: profiles.env, cwd: () => elsewhere })
  expect(copied.exitCode).toBe(2)

  const json = await run(profiles, ['profiles', 'untrust', '--json'])
  expect(JSON.parse(json.stdout)).toEqual({ file: path, trusted: false })
  expect((await run(profiles, ['token', 'cdata'])).exitCode).toBe(2)
})

test('profiles list shows what is trusted; use ends the trust and says so', async () => {
  await using profiles = await createFolder(`${cdata}baseUrl = "http://127.0.0.1:9/api"\n`)
  const path = join(profiles.cwd(), 'countersign.toml')
  const before = await run(profiles, ['profiles', 'list'])
  expect(before).toMatchObject({ stdout: `p  cdata (default)  ${path} (untrusted)\n`, exitCode: 0 })
  expect(before.stderr).toContain(': profiles.p.baseUrl. Read it, then run: countersign profiles trust\n')
  expect((await run(profiles, ['profiles', 'use', 'p'])).exitCode).toBe(2)
  const trust = await run(profiles, ['profiles', 'trust', '--json'])
  expect(JSON.parse(trust.stdout)).toEqual({ file: path, trusted: true, members: ['profiles.p.baseUrl'] })
  expect((await run(profiles, ['profiles', 'list'])).stdout).toContain(' (trusted)\n')
  expect((await run(profiles, ['profiles', 'use', 'p'])).stderr).toContain('it is no longer trusted')
  expect((await run(profiles, ['token', 'cdata'])).exitCode).toBe(2)
})

test("providers is refused in a folder's file, even after it was trusted", async () => {
  await using profiles = await createFolder(`providers = ["@acme/countersign-billing"]\n${cdata}`)
  for (const argv of [
    ['profiles', 'trust'],
    ['token', 'cdata'],
  ]) {
    const { stdout, stderr, exitCode } = await run(profiles, argv)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toContain('providers loads code, and is never accepted in the file of a folder')
  }
})

test("without a file there is nothing to trust, and one's own needs no trust", async () => {
  await using profiles = await createProfiles(`${cdata}baseUrl = "http://127.0.0.1:9/api"\n`)
  const folder = dirname(profiles.path)
  for (const cwd of [profiles.cwd, () => folder]) {
    const outcome = await runCommand(['profiles', 'trust'], { env: profiles.env, cwd })
    expect(outcome).toMatchObject({ stdout: '', exitCode: 2 })
  }
})

test('a damaged record of trust is named, and trusts nothing', async () => {
  await using profiles = await createFolder(`${cdata}baseUrl = "http://127.0.0.1:9/api"\n`)
  const record = await profiles.file('trusted.json', '{"files":7}')
  const outcome = await run(profiles, ['token', 'cdata'])
  expect(outcome).toMatchObject({ exitCode: 2, stderr: expect.stringContaining(`${record} is damaged.`) })
  await rm(record)
  expect((await run(profiles, ['profiles', 'trust'])).exitCode).toBe(0)
})

test('an option is off the allowlist until someone adds it', async () => {
  const descriptors = await Promise.all(registry.map(({ provider }) => provider()))
  const options = new Set(
    descriptors.flatMap(({ fields }) =>
      Object.keys(fields).filter((name) => !['code', 'secret'].includes(fields[name]?.kind ?? 'code')),
    ),
  )
  const refused = [...options].filter((name) => !allowedWithoutTrust.has(name))
  expect(refused.sort()).toEqual([
    'algorithm',
    'audience',
    'backdateSeconds',
    'baseUrl',
    'certificate',
    'claims',
    'externalIdentity',
    'grant',
    'headers',
    'issuer',
    'originFrom',
    'origins',
    'parameters',
    'resource',
    'reuse',
    'scope',
    'subject',
    'timeClaims',
    'tokenResponse',
    'tokenUrl',
  ])
})

test('the file in use is named wherever the folder has one; without one, --verbose names it', async () => {
  const own = `[profiles.mine]\nprovider = "utgl"\nenvironment = "emulator"\n`
  await using profiles = await createFolder(cdata, own)
  const words = ['token', 'utgl', '--method', 'GET', '--uri', '/v1/ping', '--profile', 'mine']
  const said = `Using the profile mine of ${profiles.path}\n`
  expect((await run(profiles, words)).stderr).toBe(said)
  expect((await run(profiles, ['whoami', 'utgl'])).stderr).toBe(said)
  await rm(join(profiles.cwd(), 'countersign.toml'))
  expect((await run(profiles, words)).stderr).toBe('')
  expect((await run(profiles, [...words, '--verbose'])).stderr).toContain(said)
})

test('trust ends when a path of the file begins to lead out of the folder, or leads elsewhere', async () => {
  await using server = await startRecordingServer()
  const lines = ['clientId = "c"', 'keyId = "k"', 'privateKey = "key.pem"', `baseUrl = "${server.url}"`]
  await using profiles = await createFolder(`[profiles.p]\nprovider = "speeda"\n${lines.join('\n')}\n`)
  const key = join(profiles.cwd(), 'key.pem')
  const secret = await profiles.file('other.pem', fixedKeys.otherRsa2048.privateKey)
  const last = await profiles.file('last.pem', privateKey)
  expect((await run(profiles, ['profiles', 'trust'])).exitCode).toBe(0)
  await run(profiles, ['token', 'speeda'])
  expect(server.requests).not.toEqual([])
  const before = server.requests.length
  for (const target of [secret, last]) {
    await rm(key)
    await symlink(target, key)
    const { stdout, stderr, exitCode } = await run(profiles, ['token', 'speeda'])
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toContain('profiles.p.privateKey (its path leads out of the folder)')
    expect(server.requests).toHaveLength(before)
    expect((await run(profiles, ['profiles', 'trust'])).exitCode).toBe(0)
    const { stderr: trusted } = await run(profiles, ['whoami', 'speeda'])
    expect(trusted).not.toContain('is not trusted')
  }
})

test('a program that signs is named, not started, and needs trust, which ends when a file of it changes', async () => {
  await using signer = await createSigner()
  await using profiles = await createFolder(
    `[profiles.p]\nprovider = "cdata"\naccountId = "a"\nsignerCommand = "node --import=./first.mjs sign.mjs ${signer.folder}"\n`,
  )
  await profiles.local('first.mjs', '')
  const program = `process.argv[1] = process.argv[2] + '/sign.mjs'; await import(process.argv[1])\n`
  await profiles.local('sign.mjs', program)
  const env = { PATH: process.env['PATH'] ?? '' }
  const expectRefused = async () => {
    const { stdout, stderr, exitCode } = await run(profiles, ['token', 'cdata'], env)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toContain('profiles.p.signerCommand (it runs a program)')
  }
  await expectRefused()
  expect(await signer.log()).toEqual([])
  await run(profiles, ['profiles', 'trust'])
  expect((await run(profiles, ['token', 'cdata'], env)).exitCode).toBe(0)
  const asked = (await signer.log()).length
  expect(asked).toBeGreaterThan(0)
  await profiles.local('sign.mjs', `${program}// changed\n`)
  await expectRefused()
  await profiles.local('sign.mjs', program)
  await profiles.local('first.mjs', '// changed')
  await expectRefused()
  await profiles.local('first.mjs', '')
  expect((await run(profiles, ['token', 'cdata'], env)).exitCode).toBe(0)
  expect(await signer.log()).toHaveLength(2 * asked)
})
