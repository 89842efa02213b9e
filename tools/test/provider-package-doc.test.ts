import { spawnSync } from 'node:child_process'
import {
  cpSync,
  globSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const example = join(root, 'e2e/provider-package')
const page = readFileSync(join(root, 'docs/adding-a-provider.md'), 'utf8')

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'provider-package-'))
  cpSync(example, folder, { recursive: true })
  const modules = join(folder, 'node_modules')
  mkdirSync(join(modules, '@countersign'), { recursive: true })
  for (const name of ['core', 'testing'])
    symlinkSync(join(root, 'packages', name), join(modules, '@countersign', name))
  mkdirSync(join(modules, '@types'))
  for (const name of ['@types/node', 'vitest'])
    symlinkSync(join(root, 'node_modules', name), join(modules, name))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const run = (...argv: readonly string[]) =>
  spawnSync(process.execPath, argv, { cwd: folder, encoding: 'utf8', env: { PATH: process.env['PATH'] } })

test('the page shows each file of the example package as it is', () => {
  const files = [
    'package.json',
    ...['src', 'test'].flatMap((part) => readdirSync(join(example, part)).map((name) => `${part}/${name}`)),
  ]
  const missing = files.filter(
    (file) =>
      file !== 'src/index.js' && !page.includes(`\n${readFileSync(join(example, file), 'utf8')}\`\`\``),
  )
  expect(files.length).toBeGreaterThan(6)
  expect(missing).toEqual([])
})

test('the page shows the example of each kind as it is', () => {
  const kinds = globSync('e2e/provider-kinds/*.ts', { cwd: root })
  const missing = kinds.filter((file) => !page.includes(`\n${readFileSync(join(root, file), 'utf8')}\`\`\``))
  expect(kinds).toHaveLength(6)
  expect(missing).toEqual([])
})

test('the tests of the example package pass', () => {
  // As in a package that was installed, but for the sources of core and testing.
  const config = `export default { ssr: { resolve: { conditions: ['@countersign/source', 'node'] } }, resolve: { conditions: ['@countersign/source'] }, test: { server: { deps: { inline: [/countersign/] } } } }`
  writeFileSync(join(folder, 'vitest.config.js'), config)
  const { status, stdout, stderr } = run(
    'node_modules/vitest/vitest.mjs',
    'run',
    '--testTimeout=600000',
    '--no-color',
  )
  const [, passed = '0'] = /Tests +(\d+) passed/.exec(stdout) ?? []
  expect({ status, output: status === 0 ? '' : `${stdout}${stderr}` }).toEqual({ status: 0, output: '' })
  expect(Number(passed)).toBeGreaterThan(100)
})

test('the settings for TypeScript build files that import each other', () => {
  const [, settings = ''] = /^`tsconfig\.build\.json`:\n\n```json\n([\s\S]*?)^```/m.exec(page) ?? []
  const place = join(folder, 'typescript')
  mkdirSync(join(place, 'src'), { recursive: true })
  cpSync(join(root, 'e2e/provider-kinds/assertion.ts'), join(place, 'src/mail.ts'))
  writeFileSync(join(place, 'src/index.ts'), `export { createMail } from './mail.ts'\n`)
  writeFileSync(join(place, 'tsconfig.build.json'), settings)
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }')
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  // Core is not built here; `pnpm typecheck` checks the types of the example.
  const { status, stdout } = run(
    compiler,
    '-p',
    join(place, 'tsconfig.build.json'),
    '--noResolve',
    '--noCheck',
  )
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
  expect(readdirSync(join(place, 'dist')).sort()).toEqual(['index.d.ts', 'index.js', 'mail.d.ts', 'mail.js'])
  expect(readFileSync(join(place, 'dist/index.js'), 'utf8')).toBe(`export { createMail } from './mail.js';\n`)
  expect(run('--check', join(place, 'dist/mail.js')).status).toBe(0)
})

test('the settings for the tests in TypeScript check a suite', () => {
  const settings = [...page.matchAll(/^`tsconfig[.\w]*json`[^\n]*\n\n```json\n([\s\S]*?)^```/gm)].map(
    ([, text]) => text,
  )
  const place = join(folder, 'typescript-tests')
  mkdirSync(join(place, 'src'), { recursive: true })
  mkdirSync(join(place, 'test'))
  cpSync(join(root, 'e2e/provider-kinds/per-request.ts'), join(place, 'src/ledger.ts'))
  const suite = (proof: string) => `import { describeAdapterContract } from '@countersign/testing'
import { createLedgerEmulator, ledgerProvider } from '../src/ledger.ts'

describeAdapterContract({
  provider: ledgerProvider,
  createEmulator: createLedgerEmulator,
  options: (credentials, privateKey) => ({ ...credentials, privateKey }),
  proof: '${proof}',
})
`
  for (const [index, name] of ['tsconfig.build.json', 'tsconfig.json'].entries())
    writeFileSync(join(place, name), settings[index] ?? '')
  writeFileSync(join(place, 'package.json'), '{ "type": "module" }')
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const check = (proof: string) => {
    writeFileSync(join(place, 'test/ledger.test.ts'), suite(proof))
    const flags = ['--customConditions', '@countersign/source', '--declaration', 'false', '--rootDir', '/']
    return run(compiler, '-p', place, ...flags).stdout
  }
  expect(check('signed each time')).toBe('')
  expect(check('never')).toContain(`"never"' is not assignable`)
})

test('the types of the example package hold', () => {
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { status, stdout } = run(
    compiler,
    '-p',
    '.',
    '--customConditions',
    '@countersign/source',
    '--allowImportingTsExtensions',
  )
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
})
