import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { checkDeprecations } from '../deprecations.ts'
import { type Package, readSourceTree } from '../structure/source-tree.ts'

function packageOf(text: string, manifest: Record<string, unknown> = {}): Package {
  const file = { path: 'packages/acme/src/index.ts', text, lines: 1, imports: [], exports: [] }
  const files = [{ ...file, exportsAll: false, body: [] }]
  return { folder: 'packages/acme', id: 'acme', manifest: { name: '@countersign/acme', ...manifest }, files }
}

const comment = (tag: string) =>
  `export const other = 1\n\n/**\n * Signs.\n *\n * ${tag}\n */\nexport const sign = 1\n`

test('each deprecated name of the public packages names its replacement, and since and until when it is there', () => {
  const packages = readSourceTree(fileURLToPath(new URL('../..', import.meta.url)))
  expect(packages.length).toBeGreaterThan(10)
  expect(checkDeprecations(packages)).toEqual([])
})

test.each([
  '@deprecated Since 1.2.0, removed in 2.0.0: use `signJwt` instead.',
  '@deprecated Since 1.10.0, removed in 2.0.0: use {@link signJwt}, which takes the same options.',
  '@deprecated Since 2.1.0, removed in 3.0.0: use\n *   `signJwt` instead.\n * @throws {KeyError} for a fault.',
])('"%s" says everything', (tag) => {
  expect(checkDeprecations([packageOf(comment(tag))])).toEqual([])
  expect(checkDeprecations([packageOf(`/** ${tag.replace(/\n[\s\S]*/, ' `signJwt`.')} */`)])).toEqual([])
})

test.each([
  ['nothing', '@deprecated'],
  ['no version', '@deprecated Use `signJwt` instead.'],
  ['no replacement', '@deprecated Since 1.2.0, removed in 2.0.0.'],
  ['a replacement in words', '@deprecated Since 1.2.0, removed in 2.0.0: use the other one instead.'],
  ['no end', '@deprecated Since 1.2.0: use `signJwt` instead.'],
  ['a patch as its start', '@deprecated Since 1.2.3, removed in 2.0.0: use `signJwt` instead.'],
  ['a major version as its start', '@deprecated Since 2.0.0, removed in 3.0.0: use `signJwt` instead.'],
  ['a minor version as its end', '@deprecated Since 1.2.0, removed in 1.4.0: use `signJwt` instead.'],
  ['an end that is not the next one', '@deprecated Since 1.2.0, removed in 3.0.0: use `signJwt` instead.'],
  [
    'a sentence without its end',
    '@deprecated Since 1.2.0, removed in 2.0.0: use `signJwt` instead\n * @example',
  ],
])('a tag with %s is named with its line', (_what, tag) => {
  const [problem, ...others] = checkDeprecations([packageOf(comment(tag))])
  expect(problem).toMatch(/^packages\/acme\/src\/index\.ts:6: @deprecated must be written as "Since /)
  expect(others).toEqual([])
})

test('every tag of a file is read, and private packages have no readers', () => {
  const text =
    comment('@deprecated') +
    comment('@deprecated Since 1.2.0, removed in 2.0.0: use `a`.') +
    comment('@deprecated Old.')
  expect(checkDeprecations([packageOf(text)]).map((problem) => problem.split(' ')[0])).toEqual([
    'packages/acme/src/index.ts:6:',
    'packages/acme/src/index.ts:22:',
  ])
  expect(checkDeprecations([packageOf(text, { private: true })])).toEqual([])
})
