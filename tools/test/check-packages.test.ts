import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { checkManifest, entryNames } from '../packages/manifest.ts'
import { checkTarball, namesSourceMap } from '../packages/tarball.ts'
import { readSourceTree } from '../structure/source-tree.ts'

const folder = fileURLToPath(new URL('../../packages/utgl', import.meta.url))
const good = {
  name: '@countersign/utgl',
  description: 'Signs requests.',
  keywords: ['rsa'],
  license: 'MIT',
  repository: { type: 'git', url: 'git+https://example.com/x.git', directory: 'packages/utgl' },
  type: 'module',
  sideEffects: false,
  engines: { node: '>=22.12' },
  files: ['dist'],
  scripts: { build: 'tsdown' },
  exports: {
    '.': {
      '@countersign/source': './src/index.ts',
      types: './dist/index.d.ts',
      default: './dist/index.js',
    },
    './emulator': {
      '@countersign/source': './src/emulator.ts',
      types: './dist/emulator.d.ts',
      default: './dist/emulator.js',
    },
    './package.json': './package.json',
  },
  publishConfig: {
    access: 'public',
    main: './dist/index.js',
    types: './dist/index.d.ts',
    typesVersions: { '*': { emulator: ['./dist/emulator.d.ts'] } },
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './emulator': { types: './dist/emulator.d.ts', default: './dist/emulator.js' },
      './package.json': './package.json',
    },
  },
}
const tarball = {
  name: '@countersign/utgl',
  paths: ['package.json', 'README.md', 'LICENSE', 'CHANGELOG.md', 'dist/index.js'],
  mapped: [],
  manifest: JSON.stringify({ ...good, exports: good.publishConfig.exports, publishConfig: {} }),
}

describe('the package check', () => {
  test('is content with a package that says everything', () => {
    expect(checkManifest(good, folder)).toEqual([])
    expect(checkTarball(tarball)).toEqual([])
  })

  test.each([
    [{ description: '' }, 'package.json has no description'],
    [{ keywords: [] }, 'package.json has no keywords'],
    [{ engines: undefined }, 'package.json has no engines'],
    [{ type: 'commonjs' }, 'type is not module'],
    [{ sideEffects: undefined }, 'sideEffects is not false'],
    [{ scripts: { postinstall: 'node x.js' } }, 'runs postinstall'],
    [{ repository: { directory: 'packages/victor' } }, 'repository.directory is not its own'],
  ])('names what is wrong with %j', (change, problem) => {
    expect(checkManifest({ ...good, ...change }, folder)).toEqual([`@countersign/utgl: ${problem}`])
  })

  test.each([
    ['main', './dist/emulator.js', './dist/index.js'],
    ['types', undefined, './dist/index.d.ts'],
    ['typesVersions', { '*': {} }, { '*': { emulator: ['./dist/emulator.d.ts'] } }],
    ['exports', good.exports, good.publishConfig.exports],
  ])('says what publishConfig.%s must be when it does not follow from exports', (field, wrong, right) => {
    const publishConfig = { ...good.publishConfig, [field]: wrong }
    expect(checkManifest({ ...good, publishConfig }, folder)).toEqual([
      `@countersign/utgl: publishConfig.${field} must be ${JSON.stringify(right)}, as exports says`,
    ])
  })

  test('names a licence that is missing', () => {
    const elsewhere = fileURLToPath(new URL('packages/utgl', import.meta.url))
    expect(checkManifest(good, elsewhere)).toContain('@countersign/utgl: LICENSE is missing')
  })

  test.each([
    [{ paths: [...tarball.paths, 'src/utgl.ts'] }, 'src/utgl.ts is in the tarball'],
    [{ paths: [...tarball.paths, 'dist/index.js.map'] }, 'dist/index.js.map is in the tarball'],
    [{ paths: [...tarball.paths, 'dist/index.d.ts.map'] }, 'dist/index.d.ts.map is in the tarball'],
    [{ mapped: ['dist/index.js'] }, 'dist/index.js names a source map'],
    [{ paths: ['package.json', 'README.md', 'LICENSE'] }, 'nothing was built into the tarball'],
    [{ paths: ['package.json', 'README.md', 'dist/index.js'] }, 'LICENSE is not in the tarball'],
    [{ manifest: '{"core":"workspace:^"}' }, 'workspace: is left in package.json'],
    [{ manifest: '{"jose":"catalog:"}' }, 'catalog: is left in package.json'],
    [{ manifest: '{"@countersign/source":""}' }, '@countersign/source is left in package.json'],
  ])('names what is wrong with a tarball of %j', (change, problem) => {
    expect(checkTarball({ ...tarball, ...change })).toEqual([`@countersign/utgl: ${problem}`])
  })

  test.each([
    ['sign()\n//# sourceMappingURL=index.js.map', true],
    ['sign()\n//# sourceMappingURL=data:application/json;base64,e30=\n', true],
    ['export {}\n//# sourceMappingURL=index.d.ts.map', true],
    ['.a {}\n/*# sourceMappingURL=a.css.map */\n', true],
    ['/** Looks for `//# sourceMappingURL=`. */\nexport const found = 1\n', false],
    ['sign()\n', false],
  ])('knows whether %j names a source map', (text, named) => {
    expect(namesSourceMap(text)).toBe(named)
  })

  test('finds nothing wrong with the manifests of this repository', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url))
    const packages = readSourceTree(root).filter(({ manifest }) => manifest['private'] !== true)
    expect(packages.length).toBeGreaterThan(7)
    expect(packages.flatMap((one) => checkManifest(one.manifest, join(root, one.folder)))).toEqual([])
  })

  test('what is installed beside a package is what the manifests of this repository say, and little', () => {
    const root = fileURLToPath(new URL('../..', import.meta.url))
    const installed = readSourceTree(root)
      .filter(({ manifest }) => manifest['private'] !== true)
      .map(({ id, manifest }) => [id, Object.keys((manifest['dependencies'] ?? {}) as object)])
    const { core, cli, ...others } = Object.fromEntries(installed)
    expect({ core, cli }).toEqual({ core: ['jose', 'ky'], cli: [] })
    expect(new Set(Object.values(others).flat())).toEqual(new Set(['@countersign/core']))
  })

  test('knows under which names a package is imported', () => {
    expect(entryNames(good)).toEqual(['@countersign/utgl', '@countersign/utgl/emulator'])
  })
})
