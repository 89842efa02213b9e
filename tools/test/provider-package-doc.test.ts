import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
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
  mkdirSync(join(folder, 'node_modules/@countersign'), { recursive: true })
  symlinkSync(join(root, 'packages/core'), join(folder, 'node_modules/@countersign/core'))
  mkdirSync(join(folder, 'node_modules/@types'))
  symlinkSync(join(root, 'node_modules/@types/node'), join(folder, 'node_modules/@types/node'))
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

test('the tests of the example package pass', () => {
  const { status, stdout, stderr } = run('--conditions=@countersign/source', '--test')
  expect({ status, stderr, failed: /# fail (\d+)|fail (\d+)/.exec(stdout)?.[0] }).toMatchObject({ status: 0 })
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
