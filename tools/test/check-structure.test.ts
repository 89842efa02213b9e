import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ProviderEntry, providers } from '@countersign/providers'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { checkStructure } from '../check-structure.ts'
import { checkAdapters } from '../structure/adapter-shape.ts'
import { checkDependencies } from '../structure/dependencies.ts'
import { checkPurity } from '../structure/purity.ts'
import { type Package, readPackage, readSourceTree } from '../structure/source-tree.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'structure-'))
const undo: (() => void)[] = []
const changed = new Set<string>()
let unchanged: readonly Package[]

/** Changes a copy of the tree until the test ends. */
interface Tree {
  edit(path: string, to: (text: string) => string): void
  remove(path: string): void
}

beforeAll(() => {
  const wanted = (path: string) =>
    !/[\\/](dist|dist-standalone|test|\.turbo|\.bin)([\\/]|$)/.test(path.slice(root.length))
  // Links between packages stay relative, so that in the copy they lead into the copy.
  for (const folder of ['packages', 'apps'])
    cpSync(join(root, folder), join(copy, folder), {
      recursive: true,
      filter: wanted,
      verbatimSymlinks: true,
    })
  unchanged = readSourceTree(copy)
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
})
afterEach(() => {
  for (const back of undo.splice(0)) back()
  changed.clear()
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** The changed copy. */
function treeWith(change: (tree: Tree) => void): string {
  const write = (path: string, to: (text: string) => string | undefined) => {
    const file = join(copy, path)
    changed.add(path.split('/', 2).join('/'))
    const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined
    const after = to(before ?? '')
    if (after === before) throw new Error(`${path} was not changed`)
    mkdirSync(dirname(file), { recursive: true })
    undo.push(() => (before === undefined ? rmSync(file) : writeFileSync(file, before)))
    if (after === undefined) rmSync(file)
    else writeFileSync(file, after)
  }
  change({ edit: write, remove: (path) => write(path, () => undefined) })
  return copy
}

const append = (line: string) => (text: string) => `${text}${line}\n`
const core = 'packages/core/src'
const utgl = 'packages/utgl'

/** What the checks of single files report. */
function problemsIn(tree: string, entries: readonly ProviderEntry[] = providers): string[] {
  // Only a changed package is read again.
  const packages = unchanged
    .filter(({ folder }) => existsSync(join(tree, folder, 'package.json')))
    .map((one) => (changed.has(one.folder) ? readPackage(tree, one.folder) : one))
  return [...checkAdapters(packages, entries), ...checkPurity(packages)]
}

/** Imports that must not be there: where each is added, and what is reported. */
const badImports: readonly { path: string; line: string; problem: RegExp }[] = [
  {
    path: `${utgl}/src/utgl.ts`,
    line: "export type { Speeda } from '../../speeda/src/index.ts'",
    problem: /^adapters import core only: packages\/utgl\/src\/utgl\.ts → packages\/speeda\/src\/index\.ts$/,
  },
  {
    path: `${utgl}/src/utgl-claims.ts`,
    line: "export { z } from 'zod'",
    problem: /^(adapters import core only|imports resolve): packages\/utgl\/src\/utgl-claims\.ts → .*zod/,
  },
  {
    path: `${utgl}/src/utgl-error.ts`,
    line: "export { createUtgl } from './utgl.ts'",
    problem: /^no import cycles: packages\/utgl\/.*utgl-error\.ts/,
  },
  {
    path: 'packages/cdata/src/cdata-claims.ts',
    line: "export type { CData } from './cdata.ts'",
    problem: /^no import cycles: packages\/cdata\/.*cdata-claims\.ts/,
  },
  {
    path: 'packages/victor/src/victor.ts',
    line: "export { systemClock } from '../../core/src/base/clock.ts'",
    problem:
      /^packages are imported by name, not by path: packages\/victor\/src\/victor\.ts → packages\/core/,
  },
  {
    path: `${core}/jwt/claims.ts`,
    line: "export type { Utgl } from '../../../utgl/src/index.ts'",
    problem: /^core imports no other package of the repository: packages\/core\/src\/jwt\/claims\.ts → /,
  },
  {
    path: `${core}/jwt/sign-jwt.ts`,
    line: "export { inspect } from 'node:util'",
    problem:
      /^core uses Node built-ins in src\/node only: packages\/core\/src\/jwt\/sign-jwt\.ts → (node:)?util$/,
  },
  {
    path: `${core}/jwt/verify.ts`,
    line: "export const later = () => import('node:path')",
    problem:
      /^core uses Node built-ins in src\/node only: packages\/core\/src\/jwt\/verify\.ts → (node:)?path$/,
  },
  {
    path: `${core}/jwt/decode-jwt.ts`,
    line: "export { publint } from 'publint'",
    problem: /^core depends on jose and ky only: packages\/core\/src\/jwt\/decode-jwt\.ts → /,
  },
  {
    path: `${core}/token/token.ts`,
    line: "export type { Provider } from '../provider/provider.ts'",
    problem:
      /^core\/token imports only layers below it: .*token\.ts → packages\/core\/src\/provider\/provider\.ts$/,
  },
  {
    path: `${core}/http/authorization.ts`,
    line: "export type { JwtClaims } from '../jwt/decode-jwt.ts'",
    problem:
      /^core\/http imports only layers below it: .*authorization\.ts → packages\/core\/src\/jwt\/decode-jwt\.ts$/,
  },
  {
    path: `${core}/utils/one.ts`,
    line: "export { Secret } from '../index.ts'",
    problem: /^a directory of core must be in the list of layers: packages\/core\/src\/utils\/one\.ts → /,
  },
  {
    path: 'packages/speeda/src/speeda.ts',
    line: "export { testKeys } from '../../testing/src/index.ts'",
    problem: /^shipped code does not import testing: packages\/speeda\/src\/speeda\.ts → /,
  },
  {
    path: 'packages/testing/src/raw-http.ts',
    line: "export type { Speeda } from '../../speeda/src/index.ts'",
    problem: /^testing imports core only: packages\/testing\/src\/raw-http\.ts → /,
  },
  {
    path: 'apps/cli/src/io.ts',
    line: "export type { Speeda } from '@countersign/speeda'",
    problem: /^(apps find adapters through the registry|imports resolve): apps\/cli\/src\/io\.ts → /,
  },
  {
    path: 'packages/providers/src/index.ts',
    line: "export type { Io } from '../../../apps/cli/src/io.ts'",
    problem: /^packages do not import apps: packages\/providers\/src\/index\.ts → apps\/cli\/src\/io\.ts$/,
  },
]

describe('the structure check', () => {
  test('finds nothing in this repository', async () => {
    const { problems, files } = await checkStructure(root)
    expect(problems).toEqual([])
    expect(files).toBeGreaterThan(100)
  })

  test.each<[string, (tree: Tree) => void, string]>([
    [
      'an adapter without one of the files',
      ({ remove }) => remove(`${utgl}/src/utgl-error.ts`),
      `${utgl}/src/utgl-error.ts is missing`,
    ],
    [
      'a file that the other adapters do not have',
      ({ edit }) => edit(`${utgl}/src/utgl-helpers.ts`, () => 'export const one = 1\n'),
      `${utgl}/src/utgl-helpers.ts: other adapters do not have this file, and index.ts exports none of it`,
    ],
    [
      'a part of an emulator that the emulator does not import',
      ({ edit }) => edit(`${utgl}/src/utgl-emulator-cards.ts`, () => 'export const one = 1\n'),
      `${utgl}/src/utgl-emulator-cards.ts: other adapters do not have this file, and index.ts exports none of it`,
    ],
    [
      'an exports map that differs',
      ({ edit }) => edit(`${utgl}/package.json`, (text) => text.replace('"./provider"', '"./descriptor"')),
      `${utgl}: exports differs from the other adapters`,
    ],
    [
      'a published exports map that keeps the source condition',
      ({ edit }) =>
        edit(`${utgl}/package.json`, (text) =>
          text.replace(/("publishConfig"[\s\S]*?"\.": \{)/, '$1 "@countersign/source": "./src/index.ts",'),
        ),
      `${utgl}: publishConfig.exports differs from the other adapters`,
    ],
    [
      'a factory with a different name',
      ({ edit }) =>
        edit(`${utgl}/src/index.ts`, (text) => text.replace('createUtgl', 'createUtgl as makeUtgl')),
      `${utgl}/src/index.ts does not export createUtgl`,
    ],
    [
      'options with a different name',
      ({ edit }) =>
        edit(`${utgl}/src/index.ts`, (text) => text.replace('UtglOptions', 'UtglOptions as UtglInput')),
      `${utgl}/src/index.ts does not export UtglOptions`,
    ],
    [
      'an emulator with a different name',
      ({ edit }) =>
        edit(`${utgl}/src/utgl-emulator.ts`, (text) =>
          text.replace('function createUtglEmulator', 'function fakeUtgl'),
        ),
      `${utgl}/src/utgl-emulator.ts does not export createUtglEmulator`,
    ],
    [
      'a descriptor with a different name',
      ({ edit }) =>
        edit(`${utgl}/src/utgl-provider.ts`, (text) => text.replace('const utglProvider', 'const provider')),
      `${utgl}/src/utgl-provider.ts does not export utglProvider`,
    ],
    [
      'fields without the common options',
      ({ edit }) => edit(`${utgl}/src/utgl-options.ts`, (text) => text.replace('  ...commonFields,\n', '')),
      `${utgl}/src/utgl-options.ts: the fields must include ...commonFields`,
    ],
    [
      'options that do not extend the common ones',
      ({ edit }) => edit(`${utgl}/src/utgl-options.ts`, (text) => text.replace(' extends CommonOptions', '')),
      `${utgl}/src/utgl-options.ts: the options must extend CommonOptions`,
    ],
    [
      'an option that other adapters call something else',
      ({ edit }) =>
        edit(`${utgl}/src/utgl-options.ts`, (text) => text.replaceAll('lifetimeSeconds:', 'ttl:')),
      `${utgl}/src/utgl-options.ts: other adapters call ttl lifetimeSeconds`,
    ],
    [
      'a Node global in core',
      ({ edit }) => edit(`${core}/jwt/claims.ts`, append('export const user = process.env')),
      `${core}/jwt/claims.ts: process is a Node global`,
    ],
    [
      'export *',
      ({ edit }) => edit(`${utgl}/src/index.ts`, append("export * from './utgl-claims.ts'")),
      `${utgl}/src/index.ts: export *; name what is exported`,
    ],
    [
      'a mutable module variable',
      ({ edit }) => edit(`${utgl}/src/utgl.ts`, append('export let calls = 0')),
      `${utgl}/src/utgl.ts: calls is a mutable module variable`,
    ],
    [
      'a module cache',
      ({ edit }) => edit(`${utgl}/src/utgl.ts`, append('export const cache = new Map<string, string>()')),
      `${utgl}/src/utgl.ts: cache is an empty module collection, which can only be state`,
    ],
    [
      'a module constant that is mutated',
      ({ edit }) =>
        edit(
          `${utgl}/src/utgl.ts`,
          append('const totals = { calls: 1 }\nexport function count(): void {\n  totals.calls += 1\n}'),
        ),
      `${utgl}/src/utgl.ts: totals is a module constant that is mutated`,
    ],
    [
      'a module set that is added to',
      ({ edit }) =>
        edit(
          `${utgl}/src/utgl.ts`,
          append("const seen = new Set(['one'])\nexport const see = () => seen.add('two')"),
        ),
      `${utgl}/src/utgl.ts: seen is a module constant that is mutated`,
    ],
    [
      'Date.now outside the clock',
      ({ edit }) => edit(`${utgl}/src/utgl.ts`, append('export const now = () => Date.now()')),
      `${utgl}/src/utgl.ts: Date.now; take the time from a clock`,
    ],
    [
      'new Date() outside the clock',
      ({ edit }) => edit(`${utgl}/src/utgl.ts`, append('export const today = () => new Date()')),
      `${utgl}/src/utgl.ts: new Date(); take the time from a clock`,
    ],
  ])('names %s', (_what, change, problem) => {
    expect(problemsIn(treeWith(change))).toContain(problem)
  })

  test('names an adapter that is gone', () => {
    const tree = treeWith(({ remove }) => remove('packages/cdata/package.json'))
    expect(problemsIn(tree)).toContain('packages/cdata: the adapter is missing')
  })

  test('leaves sets of literals, property names and dates from numbers alone', () => {
    const harmless = append(
      "const words = new Set(['one'])\nexport const knows = (word: string) => words.has(word)\n" +
        'export const at = (ms: number) => ({ process: new Date(ms), list: [...words].sort() })',
    )
    const tree = treeWith(({ edit }) => edit(`${core}/jwt/claims.ts`, harmless))
    expect(problemsIn(tree).filter((problem) => problem.includes('claims.ts'))).toEqual([])
  })

  test('names an adapter that is not registered', () => {
    const entries = providers.filter(({ id }) => id !== 'utgl')
    expect(problemsIn(root, entries)).toEqual([`${utgl}: the adapter is not in packages/providers`])
  })

  test('names each import that breaks a rule', async () => {
    const tree = treeWith(({ edit }) => {
      for (const { path, line } of badImports) edit(path, append(line))
    })
    const problems = await checkDependencies(tree)
    const missed = badImports.filter(({ problem }) => !problems.some((found) => problem.test(found)))
    expect(missed).toEqual([])
  })

  test('reports long files', async () => {
    const path = `${utgl}/src/utgl-long.ts`
    const lines = Array.from({ length: 251 }, (_, index) => `export const n${index} = ${index}`).join('\n')
    const tree = treeWith(({ edit }) => edit(path, () => `${lines}\n`))
    expect((await checkStructure(tree)).longFiles).toContainEqual({ path, lines: 251 })
  })
})
