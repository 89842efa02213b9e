import { spawnSync } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { providers } from '@countersign/providers'
import { expect, test } from 'vitest'
import { linkAcme } from './link-acme.ts'
import { linkPackages } from './link-packages.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Functions, classes and constants that an entry point exports, by the file that declares them. */
function exportsOf(entry: string): { name: string; file: string }[] {
  return [...read(entry).matchAll(/^export \{([^}]*)\} from '(\.[^']+)'/gm)].flatMap(
    ([, names = '', from = '']) =>
      names
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== '' && !name.startsWith('type '))
        .map((name) => ({ name, file: join(dirname(entry), from) })),
  )
}

/** The TSDoc comment right before the declaration of a name. */
function docOf(file: string, name: string): string {
  const text = read(file)
  const at = text.search(
    new RegExp(`^export (?:abstract )?(?:async )?(?:function|class|const) ${name}\\b`, 'm'),
  )
  const before = text.slice(0, Math.max(at, 0)).trimEnd()
  return before.endsWith('*/') ? before.slice(before.lastIndexOf('/**')) : ''
}

test('every function, class and constant of an entry point has an example', () => {
  const entries = globSync(
    [
      'packages/core/src/{,provider/,emulator/,explain/,node/,redis/,opentelemetry/}index.ts',
      'packages/testing/src/index.ts',
      ...providers.map(({ id }) => `packages/${id}/src/index.ts`),
    ],
    { cwd: root },
  )
  const missing = entries
    .flatMap(exportsOf)
    .filter(({ name, file }) => !docOf(file, name).includes('@example'))
    .map(({ name, file }) => `${file}: ${name}`)
  expect(entries).toHaveLength(8 + providers.length)
  expect(missing).toEqual([])
})

test('every example in a comment compiles', () => {
  const folder = mkdtempSync(join(tmpdir(), 'code-examples-'))
  try {
    linkPackages(join(folder, 'node_modules'))
    mkdirSync(join(folder, 'examples'))
    linkAcme(join(folder, 'examples'))
    const examples = globSync('packages/*/src/**/*.ts', { cwd: root }).flatMap((path) =>
      [...read(path).matchAll(/@example\n \* ```ts\n([\s\S]*?) \* ```/g)].map(([, code = '']) => ({
        path,
        code,
      })),
    )
    for (const [index, { path, code }] of examples.entries())
      writeFileSync(
        join(folder, 'examples', `${index}-${path.replaceAll('/', '-')}`),
        `${code.replace(/^ \* ?/gm, '')}export {}\n`,
      )
    const compilerOptions = {
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
      isolatedDeclarations: false,
      declaration: false,
    }
    const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include: ['examples'] }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config))
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
    const compiler = join(root, 'node_modules/typescript/bin/tsc')
    const { stdout } = spawnSync(process.execPath, [compiler, '-p', folder], {
      cwd: folder,
      encoding: 'utf8',
    })
    expect(stdout).toBe('')
    expect(examples.length).toBeGreaterThan(100)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})
