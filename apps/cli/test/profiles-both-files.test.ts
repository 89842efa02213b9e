import { readFile, symlink } from 'node:fs/promises'
import { dirname } from 'node:path'
import { decodeJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { createProfiles, type Profiles } from './create-profiles.ts'
import { runCommand } from './run-command.ts'

const cdata = (name: string, account = name) =>
  `[profiles.${name}]\nprovider = "cdata"\naccountId = "${account}"\nprivateKey = "key.pem"\n`

const emulated = (name: string, provider = 'utgl') =>
  `[profiles.${name}]\nprovider = "${provider}"\nenvironment = "emulator"\n`

/** A person's own file and that of the current folder, each with a key beside it. */
async function createBoth(own: string, folder: string) {
  const profiles = await createProfiles(own)
  await profiles.file('key.pem', fixedKeys.rsa2048.privateKey)
  await profiles.local('key.pem', fixedKeys.rsa2048.privateKey)
  const localPath = await profiles.local('countersign.toml', folder)
  const run = (argv: readonly string[], env: Record<string, string> = {}) =>
    runCommand(argv, { env: { ...profiles.env, ...env }, cwd: profiles.cwd })
  return { ...profiles, localPath, run }
}

/** The account that a token of CData is for, or what is said instead. */
async function account({ env, cwd }: Profiles, ...words: string[]): Promise<unknown> {
  const { stdout, stderr, exitCode } = await runCommand(['token', 'cdata', ...words], { env, cwd })
  return exitCode === 0 ? decodeJwt(stdout.trim()).claims.iss : stderr
}

test("profiles of both files are found; one of the user's own hides one of the folder with the same name, whole", async () => {
  await using both = await createBoth(
    cdata('acme', 'own-acme').replace('accountId', 'subAccountId = "own-sub"\naccountId') + cdata('other'),
    emulated('cards') + cdata('acme', 'folder-acme'),
  )
  expect(await account(both, '--profile', 'other')).toBe('other')
  const { stdout } = await both.run(['token', 'cdata', '--profile', 'acme'])
  const { claims } = decodeJwt(stdout.trim())
  expect([claims.iss, claims.sub]).toEqual(['own-acme', 'own-sub'])
  const asked = await both.run(['token', 'cdata'], { COUNTERSIGN_PROFILE: 'other' })
  expect(decodeJwt(asked.stdout.trim()).claims.iss).toBe('other')
  expect(await account(both, '--profile', 'nobody')).toContain(
    `no profile of that name in ${both.localPath} or in ${both.path}. Profiles: acme, other, cards.`,
  )
})

test.each<[string, string, string, string]>([
  ["the folder's only one", `${cdata('a')}[defaults]\ncdata = "a"`, cdata('b'), 'b'],
  ['the one that the folder names', cdata('a'), `${cdata('b')}${cdata('c')}[defaults]\ncdata = "c"`, 'c'],
  ["one's own that the folder names", `${cdata('a')}${cdata('b')}`, '[defaults]\ncdata = "b"', 'b'],
  [
    "one's own that the folder names in spite of its only one",
    cdata('a'),
    `${cdata('b')}[defaults]\ncdata = "a"`,
    'a',
  ],
  [
    "the one that one's own file names, where the folder leaves it open",
    `${cdata('a')}${cdata('d')}[defaults]\ncdata = "d"`,
    cdata('b') + cdata('c'),
    'd',
  ],
  [
    "one's own, where the folder has one of the same name",
    `${cdata('a', 'own')}[defaults]\ncdata = "a"`,
    cdata('a', 'folder') + cdata('c'),
    'own',
  ],
  [
    "one's own, where the folder names one of the same name",
    cdata('a', 'own') + cdata('b'),
    `${cdata('a', 'folder')}[defaults]\ncdata = "a"`,
    'own',
  ],
  ["one's own, where the folder has none of the provider", cdata('a'), emulated('cards'), 'a'],
  [
    'nothing, where several could be meant',
    cdata('a'),
    cdata('b') + cdata('c'),
    'none of them is its default: a, b, c.',
  ],
  [
    "one's own, which a profile of another provider in the folder does not hide",
    `${cdata('a')}${cdata('b')}[defaults]\ncdata = "a"`,
    emulated('a'),
    'a',
  ],
  [
    "nothing, where one of another provider hides the folder's only one",
    emulated('a'),
    cdata('a'),
    '--account-id (COUNTERSIGN_CDATA_ACCOUNT_ID)',
  ],
  [
    'nothing, where the folder names what is nowhere',
    cdata('a'),
    '[defaults]\ncdata = "z"',
    'does not name a profile',
  ],
  [
    'nothing, where the folder names one of another provider',
    cdata('a') + emulated('cards'),
    '[defaults]\ncdata = "cards"',
    'does not name a profile of cdata',
  ],
])("a provider's default is %s", async (_title, own, folder, wanted) => {
  await using both = await createBoth(own, folder)
  expect(await account(both)).toContain(wanted)
})

test('a default of the folder that is nowhere hinders nothing else, and its value is not said', async () => {
  await using both = await createBoth(cdata('a'), '[defaults]\ncdata = "hunter2"\n')
  expect(await account(both)).not.toContain('hunter2')
  expect(await account(both, '--profile', 'a')).toBe('a')
  expect(await both.run(['profiles', 'use', 'a'])).toMatchObject({ exitCode: 0 })
  expect(await account(both)).toBe('a')
})

test('profiles list shows the file of each, and what is hidden', async () => {
  await using both = await createBoth(cdata('acme') + cdata('b'), cdata('acme', 'x') + emulated('cards'))
  const { path, localPath } = both
  expect(await both.run(['profiles', 'list'])).toEqual({
    stdout: [
      `acme   cdata (default)  ${path}\n`,
      `b      cdata            ${path}\n`,
      `cards  utgl (default)   ${localPath}\n`,
    ].join(''),
    stderr: `acme of ${localPath} is hidden: your own file has a profile of that name.\n`,
    exitCode: 0,
  })
  const { stdout } = await both.run(['profiles', 'list', '--json'])
  expect(JSON.parse(stdout)).toEqual({
    file: path,
    files: [path, localPath],
    profiles: [
      { name: 'acme', provider: 'cdata', default: true, file: path, trust: 'own' },
      { name: 'b', provider: 'cdata', default: false, file: path, trust: 'own' },
      { name: 'cards', provider: 'utgl', default: true, file: localPath, trust: 'not needed' },
    ],
  })
  const shown = await both.run(['profiles', 'show', 'b', '--json'])
  expect(JSON.parse(shown.stdout)).toMatchObject({ file: path, default: false, options: { accountId: 'b' } })
})

test("use writes one's own file where that decides, and the folder's where it would stand above", async () => {
  const own = `# own\n${cdata('a')}\n${cdata('b')}`
  const folder = `# of the project\n${cdata('here')}\n${emulated('cards')}`
  await using both = await createBoth(own, folder)
  const { path, localPath } = both
  const used = await both.run(['profiles', 'use', 'b', '--json'])
  expect(JSON.parse(used.stdout)).toEqual({ provider: 'cdata', default: 'b', file: localPath })
  expect(await account(both)).toBe('b')
  expect(await readFile(localPath, 'utf8')).toBe(`${folder}\n[defaults]\ncdata = "b"\n`)
  expect(await readFile(path, 'utf8')).toBe(own)
  expect((await both.run(['profiles', 'use', 'here'])).stdout).toBe(
    'here is the default of cdata in this folder.\n',
  )
  expect(await account(both)).toBe('here')
  await both.local('countersign.toml', emulated('cards'))
  expect((await both.run(['profiles', 'use', 'b'])).stdout).toBe('b is the default of cdata.\n')
  expect(await readFile(path, 'utf8')).toBe(`${own}\n[defaults]\ncdata = "b"\n`)
  expect(await account(both)).toBe('b')
})

test('remove deletes it from its file, and from the defaults of both', async () => {
  await using both = await createBoth(
    `${cdata('a')}\n${cdata('b')}\n[defaults]\ncdata = "b"\n`,
    `${cdata('a', 'here')}\n[defaults]\ncdata = "b"\n`,
  )
  const { path, localPath } = both
  const first = await both.run(['profiles', 'remove', 'a'])
  expect(first).toEqual({
    stdout: `a is removed from ${path}.\n`,
    stderr: `a of ${localPath} is the profile of that name now.\n`,
    exitCode: 0,
  })
  expect(await account(both, '--profile', 'a')).toBe('here')
  const second = await both.run(['profiles', 'remove', 'b', '--json'])
  expect(JSON.parse(second.stdout)).toEqual({ removed: 'b', file: path })
  expect(await readFile(localPath, 'utf8')).toBe(cdata('a', 'here'))
  expect(await readFile(path, 'utf8')).toBe('')
  expect(await account(both)).toBe('here')
})

test('whoami and doctor look into both files, and say which', async () => {
  await using both = await createBoth(cdata('acme'), emulated('cards'))
  const { path, localPath, run } = both
  const who = await run(['whoami', '--verbose'])
  expect(who.stdout).toContain(`cdata (profile acme of ${path})`)
  expect(who.stdout).toContain(`utgl (profile cards of ${localPath})`)
  const doctor = await run(['doctor', '--json'])
  const { findings } = JSON.parse(doctor.stdout) as { findings: { provider: string | null }[] }
  expect(new Set(findings.map(({ provider }) => provider))).toEqual(new Set([null, 'cdata', 'utgl']))
})

test('a proxy mounts profiles of both files', async () => {
  await using both = await createBoth(emulated('mine'), emulated('theirs'))
  const { env, cwd } = both
  const argv = ['proxy', '--mount', '/a=utgl:mine', '--mount', '/b=utgl:theirs', '--port', '0', '--verbose']
  const { stderr, exitCode } = await runCommand(argv, { env, cwd, untilStopped: async () => undefined })
  expect(exitCode).toBe(0)
  expect(stderr).toContain(`Using the profile mine of ${both.path}`)
  expect(stderr).toContain(`Using the profile theirs of ${both.localPath}`)
})

test("what a folder's profile must not say is refused beside one's own file too", async () => {
  const elsewhere = `${cdata('x')}baseUrl = "https://collector.example/api"\n`
  await using both = await createBoth(elsewhere, elsewhere)
  expect(await account(both)).toContain(
    `${both.localPath} is not trusted, and contains members that a file of the current folder may not have: profiles.x.baseUrl.`,
  )
  await both.local('countersign.toml', '')
  expect(await account(both)).toBe('x')
})

test("in the folder of one's own file, reached by a link or not, that file is one's own", async () => {
  await using profiles = await createProfiles(`${cdata('x')}baseUrl = "https://collector.example/api"\n`)
  await profiles.file('key.pem', fixedKeys.rsa2048.privateKey)
  const folder = dirname(profiles.path)
  const link = `${folder}-link`
  await symlink(folder, link)
  for (const cwd of [folder, link]) expect(await account({ ...profiles, cwd: () => cwd })).toBe('x')
})
