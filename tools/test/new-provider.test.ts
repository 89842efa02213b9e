import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ProviderEntry, providers } from '@countersign/providers'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { toNames } from '../new-provider/names.ts'
import { type Renaming, renameCode, renameMarkdown, renameText } from '../new-provider/rename.ts'
import { checkManifest } from '../packages/manifest.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A copy of the repository as it is, without what is built, with the installed packages linked. */
let copy = ''

function run(program: string, ...parameters: string[]) {
  return runWith([], program, parameters)
}

/** Runs a program in the copy; programs that it starts are looked for in `folders` first. */
function runWith(folders: readonly string[], program: string, parameters: readonly string[]) {
  const own = [join(copy, 'node_modules/.bin'), dirname(process.execPath), process.env['PATH']]
  const env = { PATH: [...folders, ...own].join(delimiter), HOME: copy, CI: 'true' }
  const { status, stdout, stderr } = spawnSync(program, parameters, { cwd: copy, encoding: 'utf8', env })
  return { status, output: `${stdout}${stderr}` }
}

const git = (...parameters: string[]) => run('git', '-c', 'user.name=t', '-c', 'user.email=t', ...parameters)
const tool = ['--conditions=@countersign/source', 'tools/new-provider.ts']
const newProviderIn = (folder: string, ...words: string[]) =>
  runWith([folder], process.execPath, [...tool, ...words, '--no-install'])
const newProvider = (...words: string[]) => run(process.execPath, ...tool, ...words, '--no-install')
const changes = () => git('status', '--porcelain').output

beforeAll(() => {
  copy = realpathSync(mkdtempSync(join(tmpdir(), 'new-provider-')))
  const listed = spawnSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
    cwd: root,
    encoding: 'utf8',
  })
  for (const path of listed.stdout.split('\0').filter((path) => existsSync(join(root, path)) && path !== ''))
    cpSync(join(root, path), join(copy, path))
  mkdirSync(join(copy, 'node_modules'))
  for (const name of readdirSync(join(root, 'node_modules')).filter((name) => !/^\.(cache|vite)/.test(name)))
    if (name !== '@countersign')
      symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name))
  // Links between the packages are relative, and so lead to the copy.
  for (const modules of [
    'node_modules/@countersign',
    ...globSync('{packages,apps}/*/node_modules', { cwd: root }),
  ])
    cpSync(join(root, modules), join(copy, modules), {
      recursive: true,
      verbatimSymlinks: true,
      filter: (path) => !/node_modules\/\.(?!bin)/.test(path.slice(root.length)),
    })
  git('init', '--quiet')
  git('add', '--all')
  git('commit', '--quiet', '--message=copy')
  expect(changes()).toBe('')
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

describe('a new provider is refused, and nothing is written,', () => {
  test.each([
    ['without an id', ['--like', 'utgl'], 'Pass one id.'],
    ['with two ids', ['acme', 'other', '--like', 'utgl'], 'Pass one id.'],
    ['without a model', ['acme'], '`--like` is missing'],
    [
      'with an unknown model',
      ['acme', '--like', 'nobody'],
      'Unknown provider `nobody`. Pass --like with one of',
    ],
    ['with an unknown option', ['acme', '--from', 'utgl'], "Unknown option '--from'"],
    ['with the id of a provider', ['utgl', '--like', 'cdata'], 'There is a provider utgl already.'],
    ['with the id of another package', ['core', '--like', 'cdata'], 'packages/core exists already.'],
    ['with the id of an app', ['cli', '--like', 'cdata'], 'apps/cli exists already.'],
    ['with the name of a command', ['proxy', '--like', 'cdata'], 'The id proxy is a word of the command.'],
    ['with capitals', ['Acme', '--like', 'cdata'], '`id` must be at most 32 lower-case letters'],
    ['with a path', ['../acme', '--like', 'cdata'], '`id` must be at most 32 lower-case letters'],
    ['with a hyphen at the end', ['acme-', '--like', 'cdata'], '`id` must be at most 32 lower-case letters'],
    ['with 33 letters', ['a'.repeat(33), '--like', 'cdata'], '`id` must be at most 32 lower-case letters'],
    ['with a word of JavaScript', ['class', '--like', 'cdata'], '`class` is a word of JavaScript'],
    ['with a word that lint does not allow', [`shop-flo${'or'}`, '--like', 'cdata'], 'does not allow "flo'],
    [
      'with Markdown in the title',
      ['acme', '--like', 'cdata', '--title', 'A|B'],
      'The title must be without',
    ],
  ])('%s', (_what, words, said) => {
    const { status, output } = newProvider(...words)
    expect({ status, output }).toEqual({ status: 2, output: expect.stringContaining(said) })
    expect(changes()).toBe('')
  })

  test('while a file that it would change is not committed', () => {
    writeFileSync(join(copy, 'README.md'), `${readFileSync(join(copy, 'README.md'), 'utf8')}\nMine.\n`)
    const { status, output } = newProvider('acme', '--like', 'utgl')
    expect({ status, output }).toEqual({ status: 2, output: expect.stringContaining(' M README.md') })
    expect(changes()).toBe(' M README.md\n')
    expect(existsSync(join(copy, 'packages/acme'))).toBe(false)
    git('checkout', '--quiet', '.')
  })

  test('when a step fails after the files were written', () => {
    const config = join(copy, 'biome.json')
    const text = readFileSync(config, 'utf8')
    writeFileSync(config, '{ "vcs": 1 }')
    const { status, output } = newProvider('acme', '--like', 'utgl')
    expect({ status, output }).toEqual({ status: 1, output: expect.stringContaining('biome check --write') })
    writeFileSync(config, text)
    expect(changes()).toBe('')
    expect(existsSync(join(copy, 'packages/acme'))).toBe(false)
  })
})

test('an interrupted command leaves nothing behind', () => {
  const programs = mkdtempSync(join(copy, 'node_modules/programs-'))
  writeFileSync(join(programs, 'biome'), '#!/bin/sh\nkill -INT $PPID\nexec sleep 600\n', { mode: 0o755 })
  const { status, output } = newProviderIn(programs, 'acme', '--like', 'utgl')
  expect({ status, output }).toEqual({ status: 2, output: 'Interrupted. Nothing was written.\n' })
  expect(changes()).toBe('')
  expect(existsSync(join(copy, 'packages/acme'))).toBe(false)
})

/** Each kind of proof has its example among the adapters. Each takes half a minute. */
const models =
  process.env['COUNTERSIGN_FULL'] === '1' ? providers : providers.filter(({ id }) => id === 'utgl')

test.each(models)('a provider like $id passes every check at once', async (model) => {
  const id = 'acme-billing'
  const { status, output } = newProvider(id, '--like', model.id)
  expect({ status, output }).toEqual({
    status: 0,
    output: expect.stringContaining(`packages/${id} is a copy`),
  })
  link(id)
  try {
    const written = changes()
    expect(
      written
        .trimEnd()
        .split('\n')
        .map((line) => line.slice(3)),
    ).toEqual([
      'README.md',
      'packages/providers/package.json',
      'packages/providers/src/index.ts',
      `.changeset/first-release-${id}.md`,
      `packages/${id}/`,
    ])
    expect(await leftovers(id, model)).toEqual([])
    const folder = join(copy, `packages/${id}`)
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    expect(checkManifest(manifest, folder)).toEqual([])
    const files = git('ls-files', '--others', '--modified', '--exclude-standard').output.trim().split('\n')
    const failures = [
      run('biome', 'check', '--error-on-warnings', '--no-errors-on-unmatched', ...files),
      run('cspell', 'lint', '--no-progress', '--no-summary', '--no-must-find-files', ...files),
      run(process.execPath, 'tools/check-vocabulary.ts'),
      run('tsc', '-p', `packages/${id}`),
      run('tsc', '-p', testsOf(id)),
      run(
        'vitest',
        'run',
        '--project',
        'unit',
        `packages/${id}`,
        'packages/providers',
        'tools/test/readme-options',
      ),
    ].filter((result) => result.status !== 0)
    expect(failures).toEqual([])
    const structure = run(process.execPath, '--conditions=@countersign/source', 'tools/check-structure.ts')
    // What is generated is missing in the copy, which is a problem of other files.
    expect(
      structure.output.split('\n').filter((line) => /^(?!long: ).*packages\/(?:acme|providers)/.test(line)),
    ).toEqual([])
  } finally {
    git('checkout', '--quiet', '.')
    git('clean', '--quiet', '--force', '-d')
    for (const path of [`packages/${id}`, `packages/providers/node_modules/@countersign/${id}`])
      rmSync(join(copy, path), { recursive: true, force: true })
  }
})

/** As `pnpm install` does. */
function link(id: string): void {
  const modules = join(copy, `packages/${id}/node_modules/@countersign`)
  mkdirSync(modules, { recursive: true })
  symlinkSync('../../../core', join(modules, 'core'))
  symlinkSync(`../../../${id}`, join(copy, `packages/providers/node_modules/@countersign/${id}`))
}

/** A project of the tests of the new package. */
function testsOf(id: string): string {
  const path = join(copy, 'node_modules/tests.json')
  const include = [`../packages/${id}/test`, `../packages/${id}/tsdown.config.ts`]
  writeFileSync(
    path,
    JSON.stringify({ extends: '../tsconfig.json', compilerOptions: { noEmit: true }, include }),
  )
  return path
}

/** Names and addresses of the model that are still in the new package, besides those of standards. */
async function leftovers(id: string, { id: model, factory, provider }: ProviderEntry): Promise<string[]> {
  const { baseUrls } = await provider()
  const names = [factory, `${model}Rules`, `'${model}'`, `"${model}"`, `COUNTERSIGN_${model.toUpperCase()}`]
  const hosts = Object.values(baseUrls).map((url) => new URL(url).hostname)
  return globSync(`packages/${id}/**/*.{ts,md,json}`, { cwd: copy, exclude: ['**/node_modules/**'] }).flatMap(
    (path) => {
      const text = readFileSync(join(copy, path), 'utf8')
      return [...names, ...hosts].filter((name) => text.includes(name)).map((name) => `${path}: ${name}`)
    },
  )
}

describe('renaming', () => {
  const renaming: Renaming = {
    from: { ...toNames('passkey', 'PassKey Cards'), camel: 'passkey', pascal: 'PassKey' },
    to: toNames('acme-billing'),
    hosts: new Map([['api.passkey.test', 'api.acme-billing.example']]),
    ruleIds: ['passkey.exp'],
  }

  test.each([
    ['PassKey Cards answers; so does PASSKEY', 'Acme Billing answers; so does Acme Billing'],
    [
      'createPassKeyEmulator, PassKeyOptions, passkeyRules',
      'createAcmeBillingEmulator, AcmeBillingOptions, acmeBillingRules',
    ],
    ['@countersign/passkey/emulator', '@countersign/acme-billing/emulator'],
    [
      'packages/passkey/src/passkey-rules.ts and ./passkey.ts',
      'packages/acme-billing/src/acme-billing-rules.ts and ./acme-billing.ts',
    ],
    [
      'the rule passkey.exp and the call passkey.api',
      'the rule acme-billing.exp and the call acmeBilling.api',
    ],
    ['COUNTERSIGN_PASSKEY_KEY', 'COUNTERSIGN_ACME_BILLING_KEY'],
    ['https://api.passkey.test/v1', 'https://api.acme-billing.example/v1'],
    ['/^https:\\/\\/api\\.passkey\\.test$/', '/^https:\\/\\/api\\.acme-billing\\.example$/'],
    [
      'urn:ietf:params:passkey:x and /.well-known/passkey-server',
      'urn:ietf:params:passkey:x and /.well-known/passkey-server',
    ],
    ['{"passkey_id": 1, "iss": "passkey-api"}', '{"acme_billing_id": 1, "iss": "acme-billing-api"}'],
  ])('%s', (text, expected) => {
    expect(renameText(text, renaming)).toBe(expected)
  })

  test('names of other packages stay, and constants keep the form of constants', () => {
    const code = `import { createPassKeyServer } from 'elsewhere'\nconst passkey = createPassKey(createPassKeyServer('passkey'))\n`
    expect(renameCode(code, renaming)).toBe(
      `import { createPassKeyServer } from 'elsewhere'\nconst acmeBilling = createAcmeBilling(createPassKeyServer('acme-billing'))\n`,
    )
  })

  test('examples in Markdown and in comments are code', () => {
    const example = (name: string) => `const ${name} = 1\n`
    expect(renameMarkdown(`\`\`\`ts\n${example('passkey')}\`\`\`\n`, renaming)).toBe(
      `\`\`\`ts\n${example('acmeBilling')}\`\`\`\n`,
    )
    const comment = (name: string) => `/**\n * \`\`\`ts\n * ${example(name)} * \`\`\`\n */\n`
    expect(renameCode(comment('passkey'), renaming)).toBe(comment('acmeBilling'))
  })
})
