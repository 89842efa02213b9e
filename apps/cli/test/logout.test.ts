import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { createPaymentsGateEmulator } from '@countersign/paymentsgate/emulator'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { createFixedClock, serveEmulator } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createProfiles } from './create-profiles.ts'
import { createScratch, runCommand } from './run-command.ts'

const { rsa2048, otherRsa2048 } = fixedKeys
const clock = createFixedClock()

/** A provider with two clients that it knows, and a profile of each. */
async function createScenario() {
  const emulator = createSpeedaEmulator({ clock })
  const server = await serveEmulator(emulator)
  const profiles = await createProfiles()
  const scratch = await createScratch()
  const tables: string[] = []
  for (const [name, { publicKey, privateKey }] of [
    ['one', rsa2048],
    ['two', otherRsa2048],
  ] as const) {
    const { clientId, keyId } = await emulator.register(publicKey)
    await profiles.file(`${name}.pem`, privateKey)
    tables.push(
      `[profiles.${name}]\nprovider = "speeda"\nclientId = "${clientId}"\nkeyId = "${keyId}"\nprivateKey = "${name}.pem"\nbaseUrl = "${server.url}"\n`,
    )
  }
  await profiles.file('countersign.toml', tables.join('\n'))
  const env = { ...profiles.env, XDG_CACHE_HOME: scratch.path, HOME: scratch.path }
  const run = (...argv: string[]) => runCommand(argv, { env, clock })
  return {
    env,
    configuration: dirname(profiles.path),
    scratch,
    run,
    token: async (profile: string) => (await run('token', 'speeda', '--profile', profile)).stdout.trim(),
    async [Symbol.asyncDispose]() {
      await server.close()
      await profiles[Symbol.asyncDispose]()
      await scratch[Symbol.asyncDispose]()
    },
  }
}

test('logout removes the token of a profile, so that the next command gets another; other profiles keep theirs', async () => {
  await using scenario = await createScenario()
  const [one, two] = [await scenario.token('one'), await scenario.token('two')]
  expect(await scenario.token('one')).toBe(one)
  const ended = await scenario.run('logout', 'speeda', '--profile', 'one')
  expect(ended).toEqual({
    stdout: expect.stringMatching(
      /^speeda \(profile one\): a token that ends \S+Z \(in 5 min\) is removed from ~\/countersign\.\n$/,
    ),
    stderr: '',
    exitCode: 0,
  })
  expect(ended.stdout).not.toContain(one)
  expect(await scenario.token('one')).not.toBe(one)
  expect(await scenario.token('two')).toBe(two)
})

test('where no token is kept, logout says so and exits 0', async () => {
  await using scenario = await createScenario()
  expect(await scenario.run('logout', 'speeda', '--profile', 'one')).toEqual({
    stdout: 'speeda (profile one): no token is kept.\n',
    stderr: '',
    exitCode: 0,
  })
  await scenario.token('one')
  for (const removed of [[expect.objectContaining({ place: 'disk', refreshToken: false })], []]) {
    const { stdout } = await scenario.run('logout', '--profile', 'one', '--json')
    expect(JSON.parse(stdout)).toEqual({
      providers: [{ provider: 'speeda', profile: 'one', removed }],
      cacheFiles: null,
    })
  }
})

test('logout of a provider with --all removes the tokens of each of its profiles', async () => {
  await using scenario = await createScenario()
  const [one, two] = [await scenario.token('one'), await scenario.token('two')]
  const { stdout, exitCode } = await scenario.run('logout', 'speeda', '--all', '--json')
  expect(JSON.parse(stdout)).toMatchObject({
    providers: [
      { profile: 'one', removed: [{ place: 'disk' }] },
      { profile: 'two', removed: [{ place: 'disk' }] },
    ],
  })
  expect(exitCode).toBe(0)
  expect(await scenario.token('one')).not.toBe(one)
  expect(await scenario.token('two')).not.toBe(two)
})

test('logout --all empties the cache without a key, and leaves what is not of the cache', async () => {
  await using scenario = await createScenario()
  await scenario.token('one')
  await mkdir(join(scenario.scratch.path, 'countersign'), { recursive: true })
  const notes = await scenario.scratch.file('countersign/notes.txt', 'mine')
  // Nothing of the profiles is read: a variable that would break them all is not looked at.
  const env = { ...scenario.env, COUNTERSIGN_SPEEDA_PRIVATE_KEY: 'no key' }
  const ended = await runCommand(['logout', '--all'], { env, clock })
  expect(ended).toEqual({
    stdout: expect.stringMatching(
      /^\d files? (is|are) removed from ~\/countersign, which keeps no token now\.\n$/,
    ),
    stderr: '',
    exitCode: 0,
  })
  expect(await readdir(join(notes, '..'))).toEqual(['notes.txt'])
  expect((await runCommand(['logout', '--all'], { env, clock })).stdout).toBe(
    'No token is kept in ~/countersign.\n',
  )
})

test('a refresh token is removed too, and is not presented again', async () => {
  await using scratch = await createScratch()
  const emulator = createPaymentsGateEmulator({ clock })
  await using server = await serveEmulator(emulator)
  const { accountId, publicKey } = await emulator.register()
  const options = ['paymentsgate', '--account-id', accountId, '--base-url', server.url]
  const env = { XDG_CACHE_HOME: scratch.path, COUNTERSIGN_PAYMENTSGATE_PUBLIC_KEY: publicKey }
  const run = (...argv: string[]) => runCommand(argv, { env, clock })
  await run('token', ...options)
  const { stdout } = await run('logout', ...options)
  expect(stdout).toMatch(/, and its refresh token\.\n$/)
  await run('token', ...options, '--force')
  expect(emulator.journal.map(({ path }) => path)).toEqual(['/auth/token', '/auth/token'])
})

test('a cache that cannot be changed is an error that names it and what fixes it', async () => {
  await using scenario = await createScenario()
  await symlink('countersign', join(scenario.scratch.path, 'countersign'))
  for (const argv of [
    ['logout', 'speeda', '--profile', 'one'],
    ['logout', '--all'],
  ]) {
    const { stdout, stderr, exitCode } = await scenario.run(...argv)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toMatch(/^CONFIG_INVALID: The token cache, ~\/countersign, cannot be changed \(ELOOP\)/)
  }
})

test('one profile that cannot be opened keeps no other, and the exit code is that of its error', async () => {
  await using scenario = await createScenario()
  const two = await scenario.token('two')
  const path = join(scenario.configuration, 'one.pem')
  await writeFile(path, 'no key')
  const { stdout, stderr, exitCode } = await scenario.run('logout', 'speeda', '--all')
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 3 })
  expect(stderr).toContain('speeda (profile two): a token that ends')
  expect(stderr).toMatch(/^KEY_MALFORMED: speeda: /m)
  expect(await scenario.token('two')).not.toBe(two)
})
