import { fixedKeys } from '@countersign/fixtures'
import { expect, test } from 'vitest'
import { providerIds } from '../src/providers.ts'
import { createScratch, runCommand } from './run-command.ts'

const names = providerIds()
const { privateKey } = fixedKeys.rsa2048

test('--version and --help go to stdout', async () => {
  expect(await runCommand(['--version'])).toEqual({ stdout: '0.0.0\n', stderr: '', exitCode: 0 })
  for (const argv of [['--help'], ['help']]) {
    const { stdout, stderr, exitCode } = await runCommand(argv)
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    for (const name of ['demo', 'token', 'request', 'explain', 'emulator', 'keys', 'jwt'])
      expect(stdout).toContain(`  ${name} `)
  }
})

test('help of a command lists its flags, however it is asked for', async () => {
  const { stdout } = await runCommand(['help', 'token'])
  expect(stdout).toContain('--min-ttl <duration>')
  expect(stdout).toContain('--connection-ids <a,b>')
  expect(stdout).not.toContain('client-secret')
  expect((await runCommand(['token', '--help'])).stdout).toBe(stdout)
})

test('without a command the help goes to stderr, as a usage error', async () => {
  const { stdout, stderr, exitCode } = await runCommand([])
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain('CONFIG_INVALID: Name a command')
})

test.each([
  [['tokne', 'utgl'], 'Did you mean token?'],
  [['token', 'utgl', '--acces-key', 'x'], 'Did you mean --access-key?'],
  [['token'], 'Missing required argument `provider`'],
  [['elsewhere'], 'Unknown command `elsewhere`. `countersign --help` lists the commands.'],
  [['keys', 'inspect', 'a', '--zzzzzz'], '`--zzzzzz`. `countersign keys inspect --help` lists the options.'],
  [['keys', 'inspect'], 'argument `file`. `countersign keys inspect --help` explains it.'],
  [['explain', ''], 'The input is empty. Pass a token'],
  [['explain', ' \n'], 'The input is empty. Pass a token'],
  [['token', 'nobody'], 'There is no provider of that name'],
  [['explain', 'nobody'], '`nobody` is neither a provider'],
  [['request', 'nobody', '/'], 'There is no provider of that name'],
  [['emulator', 'nobody'], 'There is no provider of that name'],
  [['request', 'utgl', 'GET'], 'The path is missing'],
  [['request', 'utgl'], 'Missing required argument `path`'],
  [['request', 'utgl', 'GET', '/a', '/b'], 'too many words'],
  [['emulator', '--port', 'many'], '--port must be a number'],
  [['emulator', '--register', 'speeda'], '--register must be <provider>=<file>'],
  [['token', 'utgl', '--environment', 'moon'], 'must be production or emulator'],
  [['token', 'speeda', '--access-key', 'x'], '--access-key is not an option of this provider'],
])('%j is a usage error', async (argv, words) => {
  const { stdout, stderr, exitCode } = await runCommand(argv)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(/^CONFIG_INVALID: /)
  expect(stderr).toContain(words)
  expect(stderr.trim().split('\n')).toHaveLength(1)
})

test('an unknown or missing provider is answered with the names of all', async () => {
  for (const argv of [['token', 'nobody'], ['token']]) {
    const { stderr } = await runCommand(argv)
    for (const name of names) expect(stderr).toContain(name)
  }
})

test.each(['--client-secret', '--passphrase'])(
  '%s is refused, its value unseen, and the variable named',
  async (flag) => {
    const variable = `COUNTERSIGN_VICTOR_${flag.slice(2).replace('-', '_').toUpperCase()}`
    for (const words of [[flag, 'hunter2hunter2'], [`${flag}=hunter2hunter2`], [flag]]) {
      for (const command of [
        ['token', 'victor'],
        ['request', 'victor', '/'],
      ]) {
        const { stdout, stderr, exitCode } = await runCommand([...command, ...words])
        expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
        expect(stderr).toContain(variable)
        expect(stderr).not.toContain('hunter2')
      }
    }
  },
)

test('values of unknown options and surplus arguments are not repeated', async () => {
  for (const argv of [
    ['token', 'utgl', '--secret=hunter2hunter2'],
    ['token', 'utgl', 'hunter2hunter2'],
  ])
    expect((await runCommand(argv)).stderr).not.toContain('hunter2')
})

test('a missing option is named as flag and as variable', async () => {
  const { stdout, stderr, exitCode } = await runCommand(['token', 'speeda', '--client-id', 'x'])
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toContain('--key-id (COUNTERSIGN_SPEEDA_KEY_ID)')
  expect(stderr).toContain('--private-key (COUNTERSIGN_SPEEDA_PRIVATE_KEY)')
  expect(stderr).not.toContain('CLIENT_ID')
})

test('a missing secret is named as variable, in the set of credentials that was begun', async () => {
  const argv = ['token', 'victor', '--environment', 'staging', '--client-id', 'x']
  const { stderr } = await runCommand(argv)
  expect(stderr).toContain('the variable COUNTERSIGN_VICTOR_CLIENT_SECRET is missing')
  expect(stderr).not.toContain('API_KEY')
})

test('PaymentsGate needs the sandbox or a base URL', async () => {
  const { stderr } = await runCommand(['token', 'paymentsgate'])
  expect(stderr).toContain('--environment (COUNTERSIGN_PAYMENTSGATE_ENVIRONMENT), sandbox, or --base-url')
})

test('a value that is wrong is named by its flag and not repeated', async () => {
  const argv = ['token', 'utgl', '--access-key', 'x', '--lifetime-seconds', '30']
  const { stderr, exitCode } = await runCommand(argv, { env: { COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey } })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--lifetime-seconds (COUNTERSIGN_UTGL_LIFETIME_SECONDS) must be a whole number')
})

test('what core says of options is said in flags', async () => {
  const env = {
    COUNTERSIGN_VICTOR_PRIVATE_KEY: privateKey,
    COUNTERSIGN_VICTOR_CLIENT_SECRET: 'hunter2hunter2',
  }
  const argv = ['token', 'victor', '--environment', 'production', '--api-key', 'x', '--client-id', 'y']
  const { stderr, exitCode } = await runCommand(argv, { env })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--api-key and --private-key')
  expect(stderr).toContain('COUNTERSIGN_VICTOR_CLIENT_SECRET')
  expect(stderr).not.toContain('hunter2')
})

test('flags of one kind of credentials put aside variables of the other', async () => {
  const env = { COUNTERSIGN_VICTOR_CLIENT_ID: 'x', COUNTERSIGN_VICTOR_CLIENT_SECRET: 'hunter2hunter2' }
  await using scratch = await createScratch()
  const file = await scratch.file('key.pem', privateKey)
  const argv = ['token', 'victor', '--environment', 'production', '--api-key', 'x', '--private-key', file]
  expect(await runCommand(argv, { env })).toMatchObject({
    exitCode: 0,
    stdout: expect.stringMatching(/^eyJ/),
  })
})

test('stdin stands for one thing only', async () => {
  const argv = [
    'token',
    'utgl',
    '--access-key',
    'x',
    '--private-key',
    '-',
    '--method',
    'POST',
    '--uri',
    '/v1/ping',
    '--data',
    '-',
  ]
  const { stderr, exitCode } = await runCommand(argv, { stdin: privateKey })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('Only one option can read from stdin')
})

test('colours are for people, unless they want none', async () => {
  const argv = ['token', 'nobody']
  expect((await runCommand(argv, { isTTY: true })).stderr).toContain('\u001b[31mCONFIG_INVALID:')
  for (const outcome of [
    await runCommand(argv),
    await runCommand([...argv, '--no-color'], { isTTY: true }),
    await runCommand(argv, { isTTY: true, env: { NO_COLOR: '1' } }),
  ])
    expect(outcome.stderr).toMatch(/^CONFIG_INVALID:/)
})

test('a stack trace is shown with --verbose only', async () => {
  const argv = ['token', 'utgl', '--method', 'GET', '--uri', 'x', '--environment', 'emulator']
  expect((await runCommand(argv)).stderr).not.toContain('    at ')
  expect((await runCommand([...argv, '--verbose'])).stderr).toContain('    at ')
})
