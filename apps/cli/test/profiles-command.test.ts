import { chmod, readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { createProfiles } from './create-profiles.ts'
import { runCommand } from './run-command.ts'

const text = `
[profiles.acme]
provider = "cdata"
accountId = "acme-account"
connectionIds = ["a", "b"]
privateKey = "acme.pem"

[profiles.other]
provider = "cdata"
accountId = "other-account"

[profiles.pay]
provider = "paymentsgate"
environment = "sandbox"

[defaults]
cdata = "acme"
`

const json = async (outcome: ReturnType<typeof runCommand>) => {
  const { stdout, stderr, exitCode } = await outcome
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  return JSON.parse(stdout) as unknown
}

/** The lines of the list, without the files. */
const names = async (env: Record<string, string>) => {
  const { stdout } = await runCommand(['profiles', 'list'], { env })
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.replace(/ +\S*$/, '').replace(/ +/, ' '))
}

test('in a terminal too narrow for three columns, the list has each file below its profile', async () => {
  await using profiles = await createProfiles(text)
  const { env, path } = profiles
  const columns = `pay    paymentsgate (default)  ${path}`.length
  const fits = await runCommand(['profiles', 'list'], { env, isTTY: true, columns })
  expect(fits.stdout).toBe((await runCommand(['profiles', 'list'], { env })).stdout)
  const narrow = await runCommand(['profiles', 'list'], { env, isTTY: true, columns: columns - 1 })
  expect(narrow.stdout).toBe(
    [
      `acme   cdata (default)\n  ${path}\n`,
      `other  cdata\n  ${path}\n`,
      `pay    paymentsgate (default)\n  ${path}\n`,
    ].join(''),
  )
})

test("profiles list names them, and the defaults; a lone one is its provider's", async () => {
  await using profiles = await createProfiles(text)
  const { env, path } = profiles
  expect(await runCommand(['profiles', 'list'], { env })).toEqual({
    stdout: [
      `acme   cdata (default)         ${path}\n`,
      `other  cdata                   ${path}\n`,
      `pay    paymentsgate (default)  ${path}\n`,
    ].join(''),
    stderr: '',
    exitCode: 0,
  })
  expect(await json(runCommand(['profiles', 'list', '--json'], { env }))).toEqual({
    file: path,
    files: [path],
    profiles: [
      { name: 'acme', provider: 'cdata', default: true, file: path, trust: 'own' },
      { name: 'other', provider: 'cdata', default: false, file: path, trust: 'own' },
      { name: 'pay', provider: 'paymentsgate', default: true, file: path, trust: 'own' },
    ],
  })
})

test('without profiles the list is empty, and says how to create one', async () => {
  await using profiles = await createProfiles()
  const { env } = profiles
  const { stdout, stderr, exitCode } = await runCommand(['profiles', 'list'], { env })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 })
  expect(stderr).toContain('There are no profiles in the current folder or in ')
  expect(stderr).toContain('Create one with countersign init.')
  expect(await json(runCommand(['profiles', 'list', '--json'], { env }))).toEqual({
    file: null,
    files: [],
    profiles: [],
  })
})

test('profiles show prints the members as written, paths too', async () => {
  await using profiles = await createProfiles(text)
  const { env, path } = profiles
  const { stdout } = await runCommand(['profiles', 'show', 'acme'], { env })
  expect(stdout).toBe(
    `${[
      'profile         acme',
      'provider        cdata',
      'default         yes',
      'accountId       acme-account',
      'connectionIds   a, b',
      'privateKey      acme.pem',
      `file            ${path}`,
    ].join('\n')}\n`,
  )
  expect(await json(runCommand(['profiles', 'show', 'pay', '--json'], { env }))).toEqual({
    name: 'pay',
    provider: 'paymentsgate',
    default: true,
    file: path,
    trust: 'own',
    options: { environment: 'sandbox' },
  })
})

test('profiles use sets a default and leaves the others', async () => {
  await using profiles = await createProfiles(text)
  const { env, path } = profiles
  expect(await runCommand(['profiles', 'use', 'other'], { env })).toEqual({
    stdout: 'other is the default of cdata.\n',
    stderr: '',
    exitCode: 0,
  })
  expect(await json(runCommand(['profiles', 'use', 'pay', '--json'], { env }))).toEqual({
    provider: 'paymentsgate',
    default: 'pay',
    file: path,
  })
  expect(await names(env)).toEqual(['acme cdata', 'other cdata (default)', 'pay paymentsgate (default)'])
  const shown = await json(runCommand(['profiles', 'show', 'acme', '--json'], { env }))
  expect(shown).toMatchObject({ options: { accountId: 'acme-account', connectionIds: ['a', 'b'] } })
})

test('profiles remove takes the profile and what named it, and no key', async () => {
  await using profiles = await createProfiles(text)
  const key = await profiles.file('acme.pem', fixedKeys.rsa2048.privateKey)
  const { env, path } = profiles
  expect(await runCommand(['profiles', 'remove', 'acme'], { env })).toEqual({
    stdout: `acme is removed from ${path}.\n`,
    stderr: '',
    exitCode: 0,
  })
  expect(await names(env)).toEqual(['other cdata (default)', 'pay paymentsgate (default)'])
  expect((await stat(key)).isFile()).toBe(true)
  expect(await json(runCommand(['profiles', 'remove', 'pay', '--json'], { env }))).toEqual({
    removed: 'pay',
    file: path,
  })
})

const commented = `# mine, in this order

# who pays
[profiles.acme] # the first
provider = "cdata"
connectionIds = [
  "a", # one
]

# the other
[profiles.other]
provider = "cdata" # as well

# defaults
[defaults]
utgl = "cards" # cards
cdata = "acme"

# cards, for tests
[profiles.cards]
provider = "utgl"
`

test('comments stay when a default is set', async () => {
  await using profiles = await createProfiles(commented)
  const { env, path } = profiles
  const { stderr, exitCode } = await runCommand(['profiles', 'use', 'other'], { env })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(await readFile(path, 'utf8')).toBe(commented.replace('cdata = "acme"', 'cdata = "other"'))
})

test('comments stay when a profile is removed, but for those about it', async () => {
  await using profiles = await createProfiles(commented)
  const { env, path } = profiles
  for (const name of ['acme', 'cards']) {
    const { stderr, exitCode } = await runCommand(['profiles', 'remove', name], { env })
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  }
  expect(await readFile(path, 'utf8')).toBe(
    '# mine, in this order\n\n# the other\n[profiles.other]\nprovider = "cdata" # as well\n',
  )
  await runCommand(['profiles', 'remove', 'other'], { env })
  expect(await readFile(path, 'utf8')).toBe('# mine, in this order\n')
})

test('where comments cannot be kept, use and remove say so', async () => {
  await using profiles = await createProfiles()
  const { env } = profiles
  for (const part of ['use', 'remove']) {
    await profiles.file('countersign.toml', '# mine\nprofiles = { a = { provider = "utgl" } }\n')
    const use = await runCommand(['profiles', part, 'a'], { env })
    expect(use).toMatchObject({
      stderr: part === 'use' ? '' : 'The file was rewritten: its comments are gone.\n',
      exitCode: 0,
    })
  }
})

test('a written file is for its owner alone; a link to it stays a link', async () => {
  await using profiles = await createProfiles()
  const real = await profiles.file('elsewhere.toml', text)
  await chmod(real, 0o644)
  await symlink(real, profiles.path)
  const { env } = profiles
  expect((await runCommand(['profiles', 'use', 'other'], { env })).exitCode).toBe(0)
  const { mode } = await stat(real)
  expect(mode & 0o777).toBe(0o600)
  expect(await readFile(real, 'utf8')).toContain('cdata = "other"')
})

test('a JSON file is written as JSON, and what names its schema is kept', async () => {
  await using profiles = await createProfiles()
  const $schema = './schema.json'
  const before = { $schema, profiles: { p: { provider: 'utgl', accessKey: 'a' } } }
  const path = await profiles.local('countersign.json', JSON.stringify(before))
  const { env, cwd } = profiles
  expect((await runCommand(['profiles', 'use', 'p'], { env, cwd })).exitCode).toBe(0)
  expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({ ...before, defaults: { utgl: 'p' } })
})

test.each([
  [['profiles'], 'Name a command of profiles: list, show, use, remove, trust, untrust.'],
  [['profiles', 'lst'], 'Did you mean list?'],
  [['profiles', 'show'], 'Missing required argument `profile`'],
  [['profiles', 'show', 'nobody'], 'There is no profile of that name'],
  [['profiles', 'use', 'nobody'], 'There is no profile of that name'],
  [['profiles', 'remove', 'nobody'], 'There is no profile of that name'],
])('%j is a usage error, and the file stays as it is', async (argv, words) => {
  await using profiles = await createProfiles(text)
  const { stdout, stderr, exitCode } = await runCommand(argv, { env: profiles.env })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain('CONFIG_INVALID: ')
  expect(stderr).toContain(words)
  expect(await readFile(profiles.path, 'utf8')).toBe(text)
})

test('a file that cannot be written is said to be so', async () => {
  await using profiles = await createProfiles(text)
  const folder = join(profiles.path, '..')
  await chmod(folder, 0o500)
  try {
    const { stdout, stderr, exitCode } = await runCommand(['profiles', 'use', 'other'], { env: profiles.env })
    // Who may write everywhere, as root may, has nothing to be told.
    if (process.getuid?.() === 0) expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    else {
      expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
      expect(stderr).toContain('cannot be written (EACCES)')
    }
  } finally {
    await chmod(folder, 0o700)
  }
})

test.each(['profiles', 'whoami'])('the help of %s ends with examples of it', async (name) => {
  const { stdout, stderr, exitCode } = await runCommand([name, '--help'])
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  const [, examples = ''] = stdout.split('\nExamples:\n')
  const lines = examples.trimEnd().split('\n')
  expect(lines.length).toBeGreaterThanOrEqual(3)
  for (const line of lines) expect(line).toContain(`countersign ${name}`)
})
