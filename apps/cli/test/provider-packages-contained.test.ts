import { fixedKeys } from '@countersign/fixtures'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { billing, createPackageHome, manifestOf, type PackageHome } from './install-package.ts'
import { createScratch, type Scratch } from './run-command.ts'
import { runProcess } from './run-process.ts'

/**
 * What a provider package can do to the process that loads it. Each case is a process of its own, since the
 * package acts on the process.
 */
let scratch: Scratch
let home: PackageHome
beforeEach(async () => {
  scratch = await createScratch()
  home = await createPackageHome(scratch)
  await home.install(billing)
})
afterEach(() => scratch[Symbol.asyncDispose]())

const other = '@acme/countersign-other'
const emulated = ['--environment', 'emulator']
const run = (...argv: string[]) =>
  runProcess(argv, { XDG_CACHE_HOME: scratch.path, NO_COLOR: '1', ...home.env })

/** Installs the package whose entry is this, after or before the good one. */
async function install(entry: string, names = [other, billing], emulator?: string): Promise<void> {
  await home.install(other, {
    'package.json': manifestOf(other, {
      './provider': './p.js',
      ...(emulator === undefined ? {} : { './emulator': './e.js' }),
    }),
    'p.js': `import { billingProvider } from '${billing}/provider'\n${entry}`,
    ...(emulator === undefined ? {} : { 'e.js': emulator }),
  })
  await home.configure(`providers = ${JSON.stringify(names)}\n`)
}

const good = "export default { ...billingProvider, id: 'other' }"
const unusable = `The provider package ${other} cannot be used: `

const whileLoading: readonly [what: string, entry: string, sentence: string][] = [
  ['ends the process', 'process.exit(0)', 'it calls process.exit, which would end the command.'],
  ['aborts the process', 'process.abort()', 'it calls process.abort, which would end the command.'],
  [
    'rejects a promise that nobody waits for',
    `Promise.reject(new Error('no luck'))\n${good}`,
    'it fails when it is loaded. Error: no luck.',
  ],
  [
    'throws in a callback',
    `process.nextTick(() => { throw new Error('no luck') })\n${good}`,
    'it fails when it is loaded. Error: no luck.',
  ],
  ['throws null', 'throw null', 'it throws null when it is loaded.'],
  [
    'never ends to load',
    `setInterval(() => {}, 1000)\nawait new Promise(() => {})\n${good}`,
    'loading it takes longer than 5 s.',
  ],
  ['never ends a loop', 'for (;;) ;', 'loading it takes longer than 5 s.'],
  [
    'has the id of a provider of the command',
    "export default { ...billingProvider, id: 'utgl' }",
    'its id utgl is that of a provider that comes with the command.',
  ],
]

test('two good packages work beside each other', async () => {
  await install(good)
  const outcome = { stdout: 'billing-token-1\n', stderr: '', exitCode: 0 }
  expect(await run('token', 'billing', ...emulated)).toEqual(outcome)
})

describe('a package that spoils its loading is named, and the others work:', () => {
  test.each(whileLoading)('it %s', async (_what, entry, sentence) => {
    await install(entry)
    const [own, beside, builtIn] = await Promise.all([
      run('token', 'other', ...emulated),
      run('token', 'billing', ...emulated),
      run('token', 'speeda', ...emulated),
    ])
    expect(own).toMatchObject({ stdout: '', exitCode: 2 })
    expect(own.stderr).toMatch(/^CONFIG_INVALID: There is no provider of that name\. /)
    expect(own.stderr).toContain(`${unusable}${sentence}`)
    expect(own.stderr.trim().split('\n')).toHaveLength(1)
    expect(beside).toEqual({
      stdout: 'billing-token-1\n',
      stderr: `Left out: ${unusable}${sentence}\n`,
      exitCode: 0,
    })
    expect(builtIn).toEqual({ stdout: 'speeda-access-token-1\n', stderr: '', exitCode: 0 })
  })
})

/** Keeps the command waiting until the package has done its harm. */
const slowCreate = (harm: string) => `
let harmed
const done = new Promise((resolve) => { harmed = resolve })
setTimeout(() => { setTimeout(harmed); ${harm} }, 1)
export default {
  ...billingProvider,
  id: 'other',
  create: (options) => ({ ...billingProvider.create(options), token: () => done.then(() => new Promise(() => setInterval(() => {}, 1000))) }),
}`

describe('what a package does after it was loaded', () => {
  test.each([
    ['throws', "throw new Error('no luck')", 'it fails after it was loaded. Error: no luck.'],
    ['throws null', 'throw null', 'it throws null after it was loaded.'],
    ['rejects', "Promise.reject(new Error('no luck'))", 'it fails after it was loaded. Error: no luck.'],
    ['ends the process', 'process.exit(0)', 'it calls process.exit, which would end the command.'],
  ])('%s: that ends the command that uses it, in one line', async (_what, harm, sentence) => {
    const key = await scratch.file('key.pem', fixedKeys.rsa2048.privateKey)
    await install(slowCreate(harm))
    const flags = ['--client-id', 'client-1', '--private-key', key, '--base-url', 'http://127.0.0.1:1']
    const env = { COUNTERSIGN_OTHER_API_SECRET: 'hunter-2-is-secret' }
    const ended = await runProcess(['token', 'other', ...flags], {
      ...home.env,
      ...env,
      XDG_CACHE_HOME: scratch.path,
    })
    expect(ended).toEqual({
      stdout: '',
      stderr: `CONFIG_INVALID: ${unusable}${sentence}\n`,
      exitCode: 2,
    })
  })

  test('does not end a command that uses another provider', async () => {
    // The emulator of the good package waits for the harm.
    await install(`
globalThis.harmed = new Promise((resolve) => setTimeout(() => { setTimeout(resolve); throw new Error('no luck') }, 1))
${good}`)
    await home.install(billing, {
      'src/slow.js':
        "await globalThis.harmed\nexport { createBillingEmulator } from './billing-emulator.js'\n",
      'package.json': manifestOf(billing, {
        '.': './src/index.js',
        './provider': './src/billing-provider.js',
        './emulator': './src/slow.js',
      }),
    })
    expect(await run('token', 'billing', ...emulated)).toEqual({
      stdout: 'billing-token-1\n',
      stderr: `${unusable}it fails after it was loaded. Error: no luck.\n`,
      exitCode: 0,
    })
  })
})

test('what a package prints is on stderr, and stdout stays one JSON value', async () => {
  await install(`console.log('hello from a log')\nprocess.stdout.write('hello from a stream\\n')\n${good}`)
  const { stdout, stderr, exitCode } = await run('token', 'billing', ...emulated, '--json')
  expect(JSON.parse(stdout)).toMatchObject({ value: 'billing-token-1' })
  expect({ stderr, exitCode }).toEqual({ stderr: 'hello from a log\nhello from a stream\n', exitCode: 0 })
})

test('what a package leaves running does not keep the command', async () => {
  await install(`setInterval(() => {}, 1000)\n${good}`)
  expect(await run('token', 'billing', ...emulated)).toMatchObject({
    stdout: 'billing-token-1\n',
    exitCode: 0,
  })
})

test.each([
  ['ends the process when it is loaded', 'process.exit(0)', 'it calls process.exit'],
  ['throws when it is loaded', 'throw null', 'it throws null when its emulator is loaded.'],
  [
    'throws when it is created',
    "export default () => { throw new Error('no luck') }",
    'it fails when its emulator is created. Error: no luck.',
  ],
  [
    'ends the process when it is created',
    'export default () => process.exit(0)',
    'it calls process.exit, which would end the command.',
  ],
])('an emulator that %s is left out, and the others are served', async (_what, emulator, sentence) => {
  await install(good, [other, billing], emulator)
  const own = await run('token', 'other', ...emulated)
  expect(own).toMatchObject({ stdout: '', exitCode: 2 })
  expect(own.stderr).toContain(`CONFIG_INVALID: ${unusable}${sentence}`)
  const { stdout, stderr, exitCode } = await run('demo', '--json')
  expect(exitCode).toBe(0)
  expect(stderr).toContain(`Left out: ${unusable}${sentence}`)
  const providers = JSON.parse(stdout).flows.map(({ provider }: { provider: string }) => provider)
  expect(providers).toContain('billing')
  expect(providers).not.toContain('other')
})
