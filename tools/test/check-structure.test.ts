import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { checkStructure } from '../check-structure.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const copy = mkdtempSync(join(tmpdir(), 'structure-'))
const undo: (() => void)[] = []

/** What a test does to a copy of the tree. */
interface Tree {
  edit(path: string, to: (text: string) => string): void
  remove(path: string): void
}

beforeAll(() => {
  const wanted = (path: string) =>
    !/[\\/](node_modules|dist|test|\.turbo)([\\/]|$)/.test(path.slice(root.length))
  for (const folder of ['packages', 'apps'])
    cpSync(join(root, folder), join(copy, folder), { recursive: true, filter: wanted })
})
afterEach(() => {
  for (const back of undo.splice(0)) back()
})
afterAll(() => rmSync(copy, { recursive: true, force: true }))

/** The copy with one thing done to it, until the test ends. */
function treeWith(change: (tree: Tree) => void): string {
  const write = (path: string, to: (text: string) => string | undefined) => {
    const file = join(copy, path)
    const before = existsSync(file) ? readFileSync(file, 'utf8') : undefined
    const after = to(before ?? '')
    if (after === before) throw new Error(`${path} was not changed`)
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

describe('the structure check', () => {
  test('finds nothing in this repository', () => {
    const { problems, files } = checkStructure(root)
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
      'an adapter that exchanges without its token file',
      ({ remove }) => remove('packages/victor/src/victor-token.ts'),
      'packages/victor/src/victor-token.ts is missing',
    ],
    [
      'a file that the other adapters do not have',
      ({ edit }) => edit(`${utgl}/src/utgl-helpers.ts`, () => 'export const one = 1\n'),
      `${utgl}/src/utgl-helpers.ts is a file that the other adapters do not have`,
    ],
    [
      'another exports map',
      ({ edit }) => edit(`${utgl}/package.json`, (text) => text.replace('"./provider"', '"./descriptor"')),
      `${utgl}: exports is not the map of every adapter`,
    ],
    [
      'a published exports map that keeps the source condition',
      ({ edit }) =>
        edit(`${utgl}/package.json`, (text) =>
          text.replace(/("publishConfig"[\s\S]*?"\.": \{)/, '$1 "@countersign/source": "./src/index.ts",'),
        ),
      `${utgl}: publishConfig.exports is not the map of every adapter`,
    ],
    [
      'a factory of another name',
      ({ edit }) =>
        edit(`${utgl}/src/index.ts`, (text) => text.replace('createUtgl', 'createUtgl as makeUtgl')),
      `${utgl}/src/index.ts does not export create<Name>`,
    ],
    [
      'options of another name',
      ({ edit }) =>
        edit(`${utgl}/src/index.ts`, (text) => text.replace('UtglOptions', 'UtglOptions as UtglInput')),
      `${utgl}/src/index.ts does not export UtglOptions`,
    ],
    [
      'an emulator of another name',
      ({ edit }) =>
        edit(`${utgl}/src/utgl-emulator.ts`, (text) =>
          text.replace('function createUtglEmulator', 'function fakeUtgl'),
        ),
      `${utgl}/src/utgl-emulator.ts does not export createUtglEmulator`,
    ],
    [
      'a descriptor of another name',
      ({ edit }) =>
        edit(`${utgl}/src/utgl-provider.ts`, (text) => text.replace('const utglProvider', 'const provider')),
      `${utgl}/src/utgl-provider.ts does not export utglProvider`,
    ],
    [
      'fields without the common options',
      ({ edit }) => edit(`${utgl}/src/utgl-options.ts`, (text) => text.replace('  ...commonFields,\n', '')),
      `${utgl}/src/utgl-options.ts: the fields leave out ...commonFields`,
    ],
    [
      'options that do not extend the common ones',
      ({ edit }) => edit(`${utgl}/src/utgl-options.ts`, (text) => text.replace(' extends CommonOptions', '')),
      `${utgl}/src/utgl-options.ts: no options extend CommonOptions`,
    ],
    [
      'an option under a name of its own',
      ({ edit }) =>
        edit(`${utgl}/src/utgl-options.ts`, (text) => text.replaceAll('lifetimeSeconds:', 'ttl:')),
      `${utgl}/src/utgl-options.ts: ttl is no option name of this house`,
    ],
    [
      'an adapter that knows another',
      ({ edit }) => edit(`${utgl}/src/utgl.ts`, append("export type { Speeda } from '@countersign/speeda'")),
      `${utgl}/src/utgl.ts imports @countersign/speeda: adapters do not know each other`,
    ],
    [
      'an adapter with a dependency of its own',
      ({ edit }) => edit(`${utgl}/src/utgl.ts`, append("export { z } from 'zod'")),
      `${utgl}/src/utgl.ts imports zod: adapters import core only`,
    ],
    [
      'a path into another package',
      ({ edit }) =>
        edit(`${utgl}/src/utgl.ts`, append("export { sha256 } from '../../core/src/base/sha256.ts'")),
      `${utgl}/src/utgl.ts reaches into packages/core/src/base/sha256.ts`,
    ],
    [
      'a core that knows an adapter',
      ({ edit }) =>
        edit(`${core}/auth/create-auth.ts`, append("export type { Utgl } from '@countersign/utgl'")),
      `${core}/auth/create-auth.ts imports @countersign/utgl: core stands on no other package of this house`,
    ],
    [
      'a Node built-in in core',
      ({ edit }) => edit(`${core}/auth/create-auth.ts`, append("export { inspect } from 'node:util'")),
      `${core}/auth/create-auth.ts imports node:util: core has Node built-ins in src/node only`,
    ],
    [
      'a Node built-in that is loaded later',
      ({ edit }) =>
        edit(`${core}/auth/create-auth.ts`, append("export const later = () => import('node:util')")),
      `${core}/auth/create-auth.ts imports node:util: core has Node built-ins in src/node only`,
    ],
    [
      'a fourth dependency of core',
      ({ edit }) => edit(`${core}/auth/create-auth.ts`, append("export { nanoid } from 'nanoid'")),
      `${core}/auth/create-auth.ts imports nanoid: core imports jose, ky and zod only`,
    ],
    [
      'a Node global in core',
      ({ edit }) => edit(`${core}/auth/create-auth.ts`, append('export const user = process.env')),
      `${core}/auth/create-auth.ts: process is a global of Node`,
    ],
    [
      'a published package that imports what tests share',
      ({ edit }) =>
        edit('packages/speeda/src/speeda.ts', append("export { fixedKeys } from '@countersign/testing'")),
      'packages/speeda/src/speeda.ts imports @countersign/testing: what is published does not import what tests share',
    ],
    [
      'an arrow that runs up',
      ({ edit }) => edit(`${core}/base/clock.ts`, append("export { explain } from '../provider/explain.ts'")),
      `${core}/base/clock.ts imports ${core}/provider/explain.ts: base does not stand above provider`,
    ],
    [
      'an arrow that runs up for a type',
      ({ edit }) =>
        edit(`${core}/token/token.ts`, append("export type { Auth } from '../auth/create-auth.ts'")),
      `${core}/token/token.ts imports ${core}/auth/create-auth.ts: token does not stand above auth`,
    ],
    [
      'an arrow between rooms of one floor',
      ({ edit }) =>
        edit(
          `${core}/http/read-body.ts`,
          append("export { keyThumbprint } from '../keys/key-thumbprint.ts'"),
        ),
      `${core}/http/read-body.ts imports ${core}/keys/key-thumbprint.ts: http does not stand above keys`,
    ],
    [
      'a room without a floor',
      ({ edit }) => edit(`${core}/utils.ts`, () => 'export const one = 1\n'),
      `${core}/utils.ts: the room utils has no floor in tools/structure/core-rooms.ts`,
    ],
    [
      'a circle of files',
      ({ edit }) => edit(`${utgl}/src/utgl-error.ts`, append("export { createUtgl } from './utgl.ts'")),
      `${utgl}/src/utgl.ts → ${utgl}/src/utgl-error.ts → ${utgl}/src/utgl.ts: imports in a circle`,
    ],
    [
      'export *',
      ({ edit }) => edit(`${utgl}/src/index.ts`, append("export * from './utgl-claims.ts'")),
      `${utgl}/src/index.ts: export *; name what is exported`,
    ],
    [
      'a variable of the module',
      ({ edit }) => edit(`${utgl}/src/utgl.ts`, append('export let calls = 0')),
      `${utgl}/src/utgl.ts: calls is a variable of the module`,
    ],
    [
      'a cache of the module',
      ({ edit }) => edit(`${utgl}/src/utgl.ts`, append('export const cache = new Map<string, string>()')),
      `${utgl}/src/utgl.ts: cache is a collection of the module that fills`,
    ],
    [
      'a constant of the module whose contents change',
      ({ edit }) =>
        edit(
          `${utgl}/src/utgl.ts`,
          append('const totals = { calls: 1 }\nexport function count(): void {\n  totals.calls += 1\n}'),
        ),
      `${utgl}/src/utgl.ts: totals is changed in place`,
    ],
    [
      'a set of the module that is added to',
      ({ edit }) =>
        edit(
          `${utgl}/src/utgl.ts`,
          append("const seen = new Set(['one'])\nexport const see = () => seen.add('two')"),
        ),
      `${utgl}/src/utgl.ts: seen is changed in place`,
    ],
    [
      'Date.now outside of the clock',
      ({ edit }) => edit(`${utgl}/src/utgl.ts`, append('export const now = () => Date.now()')),
      `${utgl}/src/utgl.ts: Date.now; only packages/core/src/base/clock.ts knows the time`,
    ],
    [
      'new Date() outside of the clock',
      ({ edit }) => edit(`${utgl}/src/utgl.ts`, append('export const today = () => new Date()')),
      `${utgl}/src/utgl.ts: new Date(); only packages/core/src/base/clock.ts knows the time`,
    ],
  ])('names %s', (_what, change, problem) => {
    expect(checkStructure(treeWith(change)).problems).toContain(problem)
  })

  test('names an adapter that is gone', () => {
    const tree = treeWith(({ remove }) => remove('packages/cdata/package.json'))
    expect(checkStructure(tree).problems).toContain('packages/cdata: the adapter is missing')
  })

  test('leaves sets of literals, property names and dates from numbers alone', () => {
    const harmless = append(
      "const words = new Set(['one'])\nexport const knows = (word: string) => words.has(word)\n" +
        'export const at = (ms: number) => ({ process: new Date(ms), list: [...words].sort() })',
    )
    const tree = treeWith(({ edit }) => edit(`${core}/auth/create-auth.ts`, harmless))
    expect(checkStructure(tree).problems.filter((problem) => problem.includes('auth.ts'))).toEqual([])
  })

  test('reports long files', () => {
    const path = `${utgl}/src/utgl-long.ts`
    const lines = Array.from({ length: 201 }, (_, index) => `export const n${index} = ${index}`).join('\n')
    const tree = treeWith(({ edit }) => edit(path, () => `${lines}\n`))
    expect(checkStructure(tree).longFiles).toContainEqual({ path, lines: 201 })
  })
})
