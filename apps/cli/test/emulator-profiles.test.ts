import { readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { loadProviders } from '../src/providers.ts'
import { createScratch, type Outcome, runCommand, type Scratch } from './run-command.ts'
import { withEmulator } from './with-emulator.ts'

const providers = await loadProviders()

/** Runs the lines that stderr gives, in a home of their own, and then one request with each profile. */
async function keepAndCall(stderr: string, scratch: Scratch, privateKeyFile = ''): Promise<Outcome[]> {
  const env = { XDG_CONFIG_HOME: scratch.path }
  const lines = stderr.split('\n').filter((line) => line.startsWith('  countersign init '))
  const outcomes: Outcome[] = []
  for (const line of lines) {
    const [, ...argv] = line.trim().replace('PRIVATE_KEY_FILE', privateKeyFile).split(' ')
    const kept = await runCommand(argv, { env })
    expect(kept).toMatchObject({ exitCode: 0, stdout: expect.stringContaining(`${argv[1]}-emulator`) })
    const { id = '', example } = providers.find(({ id }) => id === argv[1]) ?? {}
    outcomes.push(await runCommand(['request', id, example?.path ?? '', '--no-cache'], { env }))
  }
  return outcomes
}

/** What a served emulator says on stderr before the first request. */
async function linesOf(argv: readonly string[], use: (said: string) => Promise<void>): Promise<Outcome> {
  let said = ''
  const serving = Promise.withResolvers<void>()
  return runCommand(['emulator', '--port', '0', ...argv], {
    untilStopped: () => serving.promise.then(() => use(said)),
    onStderr: (text) => {
      said += text
      if (said.includes('Press Ctrl-C') || argv.includes('--quiet') || argv.includes('--json'))
        serving.resolve()
    },
  })
}

test('with --credentials-dir the lines make profiles that work, for every provider', async () => {
  await using scratch = await createScratch()
  const directory = join(scratch.path, 'emulated', 'keys')
  let outcomes: Outcome[] = []
  const { stdout, exitCode } = await linesOf(['--credentials-dir', directory], async (said) => {
    expect(said).not.toContain('_FILE')
    outcomes = await keepAndCall(said, scratch)
  })
  expect(exitCode).toBe(0)
  expect(outcomes.map(({ exitCode, stderr }) => ({ exitCode, stderr }))).toEqual(
    providers.map(() => ({ exitCode: 0, stderr: '' })),
  )
  const names = providers.flatMap(({ id, writeCredentials, credentialSets }) => {
    if (writeCredentials !== undefined) return [`${id}_credentials.json`]
    const key = credentialSets.flat().includes('privateKey') ? [`${id}_private_key.pem`] : []
    return [`${id}_identity.json`, ...key]
  })
  expect(names).toContain('paymentsgate_credentials.json')
  expect((await readdir(directory)).toSorted()).toEqual(names.toSorted())
  for (const name of names) {
    expect((await stat(join(directory, name))).mode & 0o777).toBe(0o600)
    if (!name.endsWith('_identity.json')) expect(stdout).toContain(join(directory, name))
  }
  expect(stdout).not.toContain('BEGIN')
})

test('files that are there already stay, unless --force is given', async () => {
  await using scratch = await createScratch()
  const argv = ['utgl', 'paymentsgate', '--credentials-dir', scratch.path]
  const path = await scratch.file('paymentsgate_credentials.json', 'mine')
  const refused = await runCommand(['emulator', '--port', '0', ...argv])
  expect(refused).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining('--force') })
  expect(await readdir(scratch.path)).toEqual(['paymentsgate_credentials.json'])
  expect(await readFile(path, 'utf8')).toBe('mine')
  await withEmulator([...argv, '--force', '--json'], async ({ providers }) => {
    const { credentials, ...rest } = providers['paymentsgate'] ?? {}
    expect(rest).toMatchObject({ credentialsFile: path })
    expect(JSON.parse(await readFile(path, 'utf8'))).toEqual({
      account_id: credentials?.['accountId'],
      public_key: credentials?.['publicKey'],
    })
    expect(await readFile(join(scratch.path, 'utgl_private_key.pem'), 'utf8')).toBe(
      providers['utgl']?.credentials['privateKey'],
    )
  })
})

test('for a key that was brought, a word stands for its private half, and no key is written', async () => {
  await using scratch = await createScratch()
  const publicKey = await scratch.file('public.pem', fixedKeys.rsa2048.publicKey)
  const privateKey = await scratch.file('private.pem', fixedKeys.rsa2048.privateKey)
  const argv = ['victor', 'paymentsgate', '--environment', 'staging']
  const register = ['victor', 'paymentsgate'].flatMap((id) => ['--register', `${id}=${publicKey}`])
  let outcomes: Outcome[] = []
  await linesOf([...argv, ...register], async (said) => {
    expect(said).toContain('--environment staging')
    expect(said).toContain(`--public-key ${publicKey} --yes`)
    expect(said).toContain(
      'PRIVATE_KEY_FILE is the file of the private key whose public half was registered.',
    )
    expect(said).not.toContain('in no file')
    outcomes = await keepAndCall(said, scratch, privateKey)
  })
  expect(outcomes.map(({ exitCode }) => exitCode)).toEqual([0, 0])
  const directory = join(scratch.path, 'out')
  await withEmulator([...argv, ...register, '--credentials-dir', directory, '--json'], async () => {
    expect((await readdir(directory)).toSorted()).toEqual([
      'paymentsgate_credentials.json',
      'victor_identity.json',
    ])
  })
})

test('keys that are in no file are said to be so; --json and --quiet are left alone', async () => {
  const { stderr } = await withEmulator(['utgl', 'paymentsgate'], async () => undefined)
  expect(stderr).toMatch(/^To save them as profiles:\n {2}countersign init utgl .* PRIVATE_KEY_FILE --yes\n/)
  expect(stderr).toContain(
    ' --credentials CREDENTIALS_FILE --yes\nKeys generated for this run are not saved: ',
  )
  expect(stderr).not.toContain('whose public half')
  for (const flag of ['--json', '--quiet'])
    expect((await withEmulator(['utgl', flag], async () => undefined)).stderr).not.toContain('init')
})

test.each([
  [['--force'], '--force must be used with --credentials-dir'],
  [['--credentials-dir', ''], 'needs the path of a folder'],
  [['--credentials-dir', '/dev/null/folder'], 'The folder /dev/null/folder cannot be made (ENOTDIR)'],
])('%j is a usage error', async (argv, words) => {
  const outcome = await runCommand(['emulator', 'utgl', '--port', '0', ...argv])
  expect(outcome).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining(words) })
})
