import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { commands } from '../src/commands/index.ts'
import { findProviderPackages } from '../src/provider-packages/find-package.ts'
import { ownFlags } from '../src/provider-packages/own-flags.ts'
import { ProviderOption, SuggestingCommand } from '../src/suggesting-command.ts'
import { billing, createPackageHome, manifestOf, type PackageHome } from './install-package.ts'
import { createScratch, runCommand, type Scratch } from './run-command.ts'

let scratch: Scratch
let home: PackageHome
beforeEach(async () => {
  scratch = await createScratch()
  home = await createPackageHome(scratch)
})
afterEach(() => scratch[Symbol.asyncDispose]())

const run = (...argv: string[]) => runCommand(argv, { env: home.env })
const emulated = ['--environment', 'emulator']
const here = `providers = ["${billing}"]\n`

async function configureExample(): Promise<void> {
  await home.install(billing)
  await home.configure(here)
}

test.each([
  ['self-signed', 'maps', 'places'],
  ['per-request', 'ledger', 'entries'],
  ['assertion', 'mail', 'messages'],
  ['refresh-tokens', 'drive', 'files'],
  ['tenants', 'chat', 'tickets'],
])('a folder with the one file %s.ts of the documentation is a provider package', async (kind, id, path) => {
  const entries = { './provider': `./${kind}.ts`, './emulator': `./${kind}.ts` }
  const code = await readFile(new URL(`../../../e2e/provider-kinds/${kind}.ts`, import.meta.url), 'utf8')
  // Beside `node_modules`, not in it: there Node runs no TypeScript.
  const folder = join(home.folder, kind)
  await mkdir(folder)
  await writeFile(join(folder, 'package.json'), manifestOf(`example-${kind}`, entries))
  await writeFile(join(folder, `${kind}.ts`), code)
  await home.configure(`providers = [${JSON.stringify(folder)}]\n`)
  const answered = await run('request', id, path, ...emulated)
  expect(answered).toMatchObject({ stdout: expect.stringContaining(`"${path}":[]`), exitCode: 0 })
  const token = await run('token', id, ...emulated)
  if (id !== 'ledger') expect(token).toMatchObject({ exitCode: 0, stderr: '' })
  else expect(token.stderr).toContain('pass --method GET --uri /v1/entries, and')
})

describe('a provider package that is configured', () => {
  beforeEach(configureExample)

  test('gives tokens and sends requests', async () => {
    expect(await run('token', 'billing', ...emulated)).toEqual({
      stdout: 'billing-token-1\n',
      stderr: '',
      exitCode: 0,
    })
    expect(await run('request', 'billing', 'invoices', ...emulated)).toMatchObject({
      stdout: '{"invoices":[{"id":"INV-0001","total":"12.00"}]}',
      exitCode: 0,
    })
  })

  test('has rules, flags, completions, a suggestion and a place in the help', async () => {
    expect((await run('explain', 'billing')).stdout).toContain('billing.access-token')
    expect((await run('token', '--help')).stdout).toMatch(/--client-id .*\n?.*billing/)
    expect((await run('completion', 'bash', '--', 'token', 'bil')).stdout).toContain('billing')
    expect((await run('completion', 'bash', '--', 'token', 'billing', '--client')).stdout).toContain(
      '--client-id',
    )
    expect((await run('token', 'filling')).stderr).toContain('Did you mean billing?')
    expect((await run('--help')).stdout.replace(/\s+/g, ' ')).toContain(`those of the packages ${billing}`)
  })

  test('is shown by doctor and profiles with the package that it comes from', async () => {
    const folder = join(home.folder, 'node_modules', billing)
    expect((await run('doctor', 'billing', ...emulated)).stdout).toContain(
      `billing comes from ${billing} 1.0.0 in ${folder}.`,
    )
    await home.configure(`${here}[profiles.work]\nprovider = "billing"\nclientId = "client-1"\n`)
    expect((await run('profiles', 'list')).stdout).toMatch(
      new RegExp(`^work +billing of ${billing} \\(default\\)`),
    )
    expect(JSON.parse((await run('profiles', 'show', 'work', '--json')).stdout)).toMatchObject({
      provider: 'billing',
      package: { name: billing, version: '1.0.0', folder },
    })
  })

  test('is set up by init, which keeps the list of packages', async () => {
    const key = await run('keys', 'generate', '--out', join(scratch.path, 'key.pem'), '--provider', 'billing')
    expect(key.exitCode).toBe(0)
    const flags = ['--client-id', 'client-9', '--private-key', join(scratch.path, 'key.pem')]
    const env = { ...home.env, COUNTERSIGN_BILLING_API_SECRET: 'hunter-2-is-secret' }
    const init = await runCommand(['init', 'billing', '--yes', ...flags], { env })
    expect(init).toMatchObject({ exitCode: 0 })
    const whoami = await runCommand(['whoami', 'billing', '--json'], { env })
    expect(JSON.parse(whoami.stdout).providers[0]).toMatchObject({
      provider: 'billing',
      values: { clientId: { value: 'client-9' }, apiSecret: { value: '[secret]' } },
    })
    for (const { stdout, stderr } of [init, whoami]) expect(stdout + stderr).not.toContain('hunter-2')
  })

  test('has its secret masked in a dry run, whatever header takes it', async () => {
    const key = await scratch.file('key.pem', fixedKeys.rsa2048.privateKey)
    const flags = ['--client-id', 'client-1', '--private-key', key, '--base-url', 'http://127.0.0.1:1']
    const env = { ...home.env, COUNTERSIGN_BILLING_API_SECRET: 'hunter-2-is-secret' }
    const copy = btoa('user:hunter-2-is-secret')
    for (const form of [[], ['--json']]) {
      const path = 'invoices?key=hunter-2-is-secret'
      const argv = ['request', 'billing', path, '-H', `x-copy: ${copy}`, '--dry-run', ...flags, ...form]
      const { stdout, stderr, exitCode } = await runCommand(argv, { env })
      expect({ stderr: stderr.includes('hunter'), exitCode }).toEqual({ stderr: false, exitCode: 0 })
      expect(stdout).toMatch(/x-api-secret"?: ?"?\[secret\]/)
      expect(stdout).not.toContain('hunter')
      expect(stdout).not.toContain(copy.slice(8))
    }
  })

  test('is exported with its example request', async () => {
    const { stdout, stderr, exitCode } = await run('export', 'hurl', 'billing')
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout).toMatch(/^# Acme Billing \/invoices\nGET \{\{baseUrl\}\}\/invoices\n/m)
  })

  test('takes part where no provider is named, whatever flags there are', async () => {
    const help = (await run('proxy', '--help')).stdout
    expect(help).toMatch(/--client-id .*\n?.*billing/)
    const emulator = commands.find(({ name }) => name === 'emulator')
    const isNeeded = (...words: string[]) => emulator?.needsPackages?.(words, (word) => word === 'utgl')
    expect([isNeeded(), isNeeded('--json'), isNeeded('--json', 'billing')]).toEqual([true, true, true])
    expect([isNeeded('utgl'), isNeeded('--json', 'utgl')]).toEqual([false, false])
  })

  test('has a dry run without a heading for the fields that its token request does not have', async () => {
    const { stdout, exitCode } = await run('request', 'billing', 'invoices', ...emulated, '--dry-run')
    expect(exitCode).toBe(0)
    expect(stdout).toMatch(/ {2}\(body: 2 bytes\)\ntoken header\n/)
  })

  test('of which an emulator runs is kept as a profile by its line, and its secret by a variable', async () => {
    let said = ''
    const stopped = Promise.withResolvers<void>()
    const listening = Promise.withResolvers<void>()
    const directory = join(scratch.path, 'emulated')
    const argv = ['emulator', 'billing', '--port', '0', '--credentials-dir', directory]
    let variables = ''
    const served = runCommand(argv, {
      env: home.env,
      untilStopped: () => stopped.promise,
      onStdout: (text) => {
        variables += text
      },
      onStderr: (text) => {
        said += text
        if (said.includes('Press Ctrl-C')) listening.resolve()
      },
    })
    await listening.promise
    const [, secret = ''] = /^export COUNTERSIGN_BILLING_API_SECRET='(.+)'$/m.exec(variables) ?? []
    const [, line = ''] = /^ {2}countersign (init billing .*)$/m.exec(said) ?? []
    expect(secret).not.toBe('')
    expect(said).not.toContain(secret)
    const env = { ...home.env, COUNTERSIGN_BILLING_API_SECRET: secret }
    expect(await runCommand(line.split(' '), { env })).toMatchObject({ exitCode: 0 })
    const argvOfCall = ['request', 'billing', 'invoices', '--profile', 'billing-emulator', '--no-cache']
    expect(await runCommand(argvOfCall, { env })).toMatchObject({ exitCode: 0, stderr: '' })
    stopped.resolve()
    expect(await served).toMatchObject({ exitCode: 0 })
  })

  test('is in the demo, and among all emulators', async () => {
    const { stdout, exitCode } = await run('demo', '--json')
    expect(JSON.parse(stdout).flows.at(-1)).toMatchObject({
      title: 'Billing',
      answered: { status: 200 },
      refused: { rule: 'billing.access-token' },
    })
    expect(exitCode).toBe(0)
  })

  test('is listed with the files of its entries, without running them', async () => {
    const folder = join(home.folder, 'node_modules', billing)
    const io = { env: home.env } as Parameters<typeof findProviderPackages>[0]
    expect(await findProviderPackages(io)).toEqual([
      {
        specifier: billing,
        name: billing,
        version: '1.0.0',
        folder,
        provider: join(folder, 'src/billing-provider.js'),
        emulator: join(folder, 'src/billing-emulator.js'),
      },
    ])
  })
})

describe('where a package is looked for', () => {
  test('a folder by its absolute path, or below the home folder', async () => {
    const folder = await home.install(billing)
    for (const path of [folder, folder.replace(scratch.path, '~')]) {
      await home.configure(`providers = [${JSON.stringify(path)}]\n`)
      expect(await run('token', 'billing', ...emulated)).toMatchObject({ stdout: 'billing-token-1\n' })
    }
  })

  test('beside the command, after the configuration', async () => {
    const place = await home.install(billing)
    await home.configure(here)
    const beside = join(scratch.path, 'prefix/lib/node_modules')
    await mkdir(join(beside, '@countersign/cli/dist'), { recursive: true })
    const installedAt = join(beside, '@countersign/cli/dist/countersign.js')
    const descriptor = `export { billingProvider as default } from ${JSON.stringify(join(place, 'src/billing-provider.js'))}`
    await mkdir(join(beside, billing), { recursive: true })
    await writeFile(join(beside, billing, 'package.json'), manifestOf(billing, { './provider': './p.js' }))
    await writeFile(join(beside, billing, 'p.js'), descriptor)
    const io = { env: home.env, installedAt } as Parameters<typeof findProviderPackages>[0]
    expect(await findProviderPackages(io)).toMatchObject([{ folder: place }])
    await rm(join(place, 'package.json'))
    expect(await findProviderPackages(io)).toMatchObject([
      { folder: join(beside, billing), emulator: undefined },
    ])
    const outcome = await runCommand(['token', 'billing', ...emulated], { env: home.env, installedAt })
    expect(outcome.stderr).toContain(`does not export ./emulator`)
  })

  test('the exports map decides, with the conditions of import', async () => {
    await home.install(billing)
    await home.install('countersign-mapped', {
      'package.json': manifestOf('countersign-mapped', {
        './provider': { require: './missing.cjs', node: { import: './entry.js' } },
      }),
      'entry.js': `import { billingProvider } from '${billing}/provider'\nexport const mappedProvider = { ...billingProvider, id: 'mapped' }\n`,
    })
    await home.configure('providers = ["countersign-mapped"]\n')
    expect((await run('explain', 'mapped')).exitCode).toBe(0)
  })

  test('a package that is missing says where it was looked for and how it is installed', async () => {
    await home.configure(here)
    const { stderr, exitCode } = await run('token', 'billing', ...emulated)
    expect(stderr).toBe(
      `CONFIG_INVALID: There is no provider of that name. The provider package ${billing} is not installed: it is not in ~/config/countersign/node_modules. Install it: npm install --prefix ${home.folder} ${billing}\n`,
    )
    expect(exitCode).toBe(2)
  })

  test('a file of the current folder adds none, and is refused', async () => {
    await home.install(billing)
    const cwd = join(scratch.path, 'project')
    await mkdir(cwd)
    await writeFile(join(cwd, 'countersign.toml'), here)
    const outcome = await runCommand(['profiles', 'trust'], { env: home.env, cwd: () => cwd })
    expect(outcome).toMatchObject({ exitCode: 2, stdout: '' })
    expect(outcome.stderr).toContain('providers loads code, and is never accepted in the file of a folder')
    const token = await runCommand(['token', 'billing', ...emulated], { env: home.env, cwd: () => cwd })
    expect(token).toMatchObject({ exitCode: 2, stdout: '' })
  })
})

const other = '@acme/countersign-other'
const from = (text: string) => `import { billingProvider } from '${billing}/provider'\n${text}`

/** Packages that cannot be used, and what is said of each. */
const broken: readonly [what: string, entry: string, sentence: RegExp][] = [
  [
    'that throws when it is imported',
    "throw new Error('no luck')",
    /it fails when it is loaded\. Error: no luck\./,
  ],
  ['that is not JavaScript', 'export const =', /it fails when it is loaded\. SyntaxError/],
  [
    'that imports what is not there',
    "import 'not-installed-anywhere'",
    /it fails when it is loaded\. .*not-installed-anywhere/,
  ],
  ['without a descriptor', 'export const x = 1', /does not export a descriptor\. It must export/],
  [
    'with two descriptors',
    from('export const aProvider = billingProvider\nexport const bProvider = billingProvider'),
    /exports aProvider and bProvider/,
  ],
  [
    'with a descriptor of the wrong shape',
    'export default { id: "Other" }',
    /The descriptor is not valid\. `id` must be at most 32 .*`rules` must be a list/,
  ],
  [
    'with several base URLs, and no option that chooses one',
    from(
      "export default { ...billingProvider, id: 'other', baseUrls: { ...billingProvider.baseUrls, sandbox: 'https://sandbox.acme.example' } }",
    ),
    /`fields` must have an option `environment` that chooses from `baseUrls`: `production`, `sandbox`\./,
  ],
  ['that throws null', 'throw null', /cannot be used: it throws null when it is loaded\./],
  [
    'that throws a text',
    "throw 'hunter2'",
    /cannot be used: it throws a string, not an error, when it is loaded\./,
  ],
  [
    'whose error cannot be read',
    "throw new Proxy(new Error('x'), { getPrototypeOf() { throw 1 } })",
    /cannot be used: it fails when it is loaded, with an error that cannot be read\./,
  ],
  [
    'with a Proxy in place of a descriptor',
    from("export default new Proxy({ ...billingProvider, id: 'other' }, {})"),
    /cannot be used: its descriptor is a Proxy\. It must be a plain object\./,
  ],
  [
    'with the id of a provider of the command',
    from("export default { ...billingProvider, id: 'utgl' }"),
    /its id utgl is that of a provider that comes with the command/,
  ],
  [
    'with the id of another package',
    from('export default billingProvider'),
    /its id billing is that of the package @acme\/countersign-billing/,
  ],
  [
    'with the name of a command as its id',
    from("export default { ...billingProvider, id: 'doctor' }"),
    /its id doctor is a word of the command/,
  ],
  [
    'of a later version of the descriptor',
    from("export default { ...billingProvider, id: 'other', descriptorVersion: 2 }"),
    /The descriptor is of version 2; this program reads version 1\. .*same major version/,
  ],
  [
    'with an option that is a flag of the command',
    from(
      "export default { ...billingProvider, id: 'other', fields: { ...billingProvider.fields, dryRun: billingProvider.fields.clientId } }",
    ),
    /its option --dry-run is an option of the command itself/,
  ],
]

describe('a provider package that cannot be used', () => {
  test.each(broken)('%s: it is named, and nothing else breaks', async (_what, entry, sentence) => {
    await home.install(billing)
    await home.install(other, {
      'package.json': manifestOf(other, { './provider': './p.js' }),
      'p.js': entry,
    })
    await home.configure(`providers = ["${billing}", "${other}"]\n`)
    const doctor = await run('doctor', '--json')
    const finding = JSON.parse(doctor.stdout).findings.find(
      ({ id, level }: { id: string; level: string }) => id === 'provider-package' && level === 'fail',
    )
    expect(finding.sentence).toMatch(
      new RegExp(`^CONFIG_INVALID: The provider package ${other} cannot be used[:.] `),
    )
    expect(`${finding.sentence} ${finding.fix}`).toMatch(sentence)
    expect(doctor.exitCode).toBe(2)
    const unknown = await run('token', 'unheard', ...emulated)
    expect(unknown).toMatchObject({ stdout: '', exitCode: 2 })
    expect(unknown.stderr).toMatch(sentence)
    expect(unknown.stderr.trim().split('\n')).toHaveLength(1)
    expect(await run('token', 'speeda', ...emulated)).toMatchObject({
      stdout: 'speeda-access-token-1\n',
      stderr: '',
    })
    const good = await run('token', 'billing', ...emulated)
    expect(good.stdout).toBe('billing-token-1\n')
    expect(good.stderr.trim().split('\n')).toHaveLength(1)
    expect(good.stderr).toMatch(sentence)
    expect((await run('--quiet', 'token', 'billing', ...emulated)).stderr).toBe('')
  })

  test('leaves a profile of its provider alone, and those of the others work', async () => {
    await home.configure(
      `${here}[profiles.b]\nprovider = "billing"\nclientId = "client-1"\n[profiles.s]\nprovider = "speeda"\nclientId = "c"\nkeyId = "k"\n`,
    )
    expect((await run('profiles', 'list')).stdout).toMatch(/^b .*billing.*\ns .*speeda/)
    // The other profile is used: only what it leaves out is missing.
    expect((await run('token', 'speeda')).stderr).toMatch(
      /--private-key \(COUNTERSIGN_SPEEDA_PRIVATE_KEY\) is missing/,
    )
  })

  test('with a broken emulator works without it, and stops no other emulator', async () => {
    await home.install(billing)
    await home.install(billing, {
      'src/billing-emulator.js': 'export const createBillingEmulator = () => ({})',
    })
    await home.configure(here)
    expect((await run('explain', 'billing')).exitCode).toBe(0)
    expect((await run('token', 'billing', ...emulated)).stderr).toContain(
      'its emulator has no fetch, register',
    )
    const demo = await run('demo', '--json')
    expect(demo.stderr).toContain('Left out: The provider package')
    expect(
      JSON.parse(demo.stdout).flows.some(({ provider }: { provider: string }) => provider === 'billing'),
    ).toBe(false)
    expect(demo.exitCode).toBe(0)
  })

  test('whose name is not that of a package is refused before anything is looked for', async () => {
    for (const specifier of ['./billing', '../billing', '@acme/billing@1.0.0', 'https://acme.example/x.js']) {
      await home.configure(`providers = [${JSON.stringify(specifier)}]\n`)
      expect((await run('token', 'billing')).stderr).toContain(
        'must be the name of an npm package, without a version',
      )
    }
  })

  test('in a list that is not one, is an error of the file', async () => {
    await home.configure('providers = "billing"\n')
    expect((await run('token', 'billing')).stderr).toContain('providers must be a list of packages')
    await home.configure('providers = ["a", "a"]\n')
    expect((await run('token', 'billing')).stderr).toContain('providers names a package twice')
  })
})

describe('what a command does not need', () => {
  test.each([
    [['token', 'speeda', ...emulated]],
    [['request', 'utgl', 'ping', ...emulated]],
    [['--version']],
    [['--help']],
    [['keys', 'generate', '--help']],
    [['completion', 'bash']],
  ])('%j runs no package', async (argv) => {
    const mark = 'the-package-ran'
    await home.install(other, {
      'package.json': manifestOf(other, { './provider': './p.js' }),
      'p.js': `process.env['${mark}'] = 'yes'`,
    })
    await home.configure(`providers = ["${other}"]\n`)
    delete process.env[mark]
    expect(await run(...argv)).toMatchObject({ exitCode: 0, stderr: '' })
    expect(process.env[mark]).toBeUndefined()
    await run('token', 'other')
    expect(process.env[mark]).toBe('yes')
    delete process.env[mark]
  })
})

test('every flag of a command that takes flags of providers is reserved', async () => {
  const missing: string[] = []
  for (const entry of commands) {
    const command = new SuggestingCommand(entry.name, {})
    const configure = await entry.load()
    const io = { stdin: [] as never, stdout: process.stdout, stderr: process.stderr, env: {} }
    await configure(command, { io, commands, named: [], end: () => undefined })
    if (!command.options.some(({ long }) => long === '--profile')) continue
    for (const option of command.options) {
      const name = `--${(option.long ?? '').slice(2).replace(/^no-/, '')}`
      const isProviders = option instanceof ProviderOption || option.hidden || name === '--environment'
      if (!isProviders && !ownFlags.has(name)) missing.push(`${entry.name} ${name}`)
    }
  }
  expect(missing).toEqual([])
})
