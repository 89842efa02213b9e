import { expect, test } from 'vitest'
import { createProfiles, type Profiles } from './create-profiles.ts'
import { runCommand } from './run-command.ts'

const toml = `
[profiles.acme]
provider = "cdata"
accountId = "a"

[profiles.acme-test]
provider = "cdata"
accountId = "b"

[profiles.bank]
provider = "victor"
apiKey = "c"
`

async function answer({ env, cwd }: Profiles, ...words: string[]): Promise<string[]> {
  const { stdout, stderr, exitCode } = await runCommand(['completion', 'bash', '--', ...words], { env, cwd })
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  return stdout === '' ? [] : stdout.split('\n')
}

test('--profile is completed with the profiles of the provider that is named, or with all', async () => {
  await using profiles = await createProfiles(toml)
  expect(await answer(profiles, 'token', 'cdata', '--profile', '')).toEqual(['acme', 'acme-test'])
  expect(await answer(profiles, 'request', 'victor', 'v2/accounts', '--profile', '')).toEqual(['bank'])
  expect(await answer(profiles, 'token', '--profile', '')).toEqual(['acme', 'acme-test', 'bank'])
  expect(await answer(profiles, 'token', 'cdata', '--profile=acme-')).toEqual(['--profile=acme-test'])
  expect(await answer(profiles, 'token', 'speeda', '--profile', '')).toEqual([])
})

test.each(['use', 'show', 'remove'])('profiles %s is completed with names of profiles', async (part) => {
  await using profiles = await createProfiles(toml)
  expect(await answer(profiles, 'profiles', part, '')).toEqual(['acme', 'acme-test', 'bank'])
  expect(await answer(profiles, 'profiles', part, 'b')).toEqual(['bank'])
  expect(await answer(profiles, 'profiles', part, 'bank', '')).toEqual([])
})

test('the profiles of the current folder come last, each name once', async () => {
  await using profiles = await createProfiles(toml)
  await profiles.local(
    'countersign.toml',
    '[profiles.here]\nprovider = "utgl"\n[profiles.bank]\nprovider = "utgl"\n',
  )
  expect(await answer(profiles, 'profiles', 'show', '')).toEqual(['acme', 'acme-test', 'bank', 'here'])
  expect(await answer(profiles, 'token', 'victor', '--profile', '')).toEqual(['bank'])
})

test.each([
  ['no file', undefined],
  ['a file without profiles', 'profiles = 1'],
  ['a file that is not TOML', '[['],
])('with %s there are no profiles, and the key press says nothing', async (_, content) => {
  await using profiles = await createProfiles(content)
  expect(await answer(profiles, 'token', '--profile', '')).toEqual([])
  expect(await answer(profiles, 'tok')).toEqual(['token'])
})
