import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { fixedKeys } from '@countersign/fixtures'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { Miniflare } from 'miniflare'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildWorker } from './build-worker.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const edge = join(root, 'e2e/edge')
const page = readFileSync(join(root, 'docs/edge-runtimes.md'), 'utf8')

/** The examples of a section, with the file name that their first line may have. */
function examplesOf(section: string): { code: string; language: string; file: string | undefined }[] {
  const [, text = ''] = page.split(new RegExp(`^## ${section}$`, 'm'))
  const [own = ''] = text.split(/^## /m)
  return [...own.matchAll(/^```(js|ts)\n([\s\S]*?)^```$/gm)].map(([, language = '', code = '']) => ({
    code,
    language,
    file: /^\/\/ (\S+\.js)\n/.exec(code)?.[1],
  }))
}

const workers = { types: [join(edge, 'node_modules/@cloudflare/workers-types')] }
const next = { types: ['node'], lib: ['DOM', 'DOM.Iterable'] }

let folder: string
beforeAll(() => {
  // Below this package, so that the types of its dependencies are found.
  mkdirSync(join(edge, 'node_modules/.cache'), { recursive: true })
  folder = mkdtempSync(join(edge, 'node_modules/.cache/recipes-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Writes files and returns what the compiler says about them. */
function compile(
  files: Readonly<Record<string, string>>,
  { types, lib = [] }: { types: readonly string[]; lib?: readonly string[] },
): string {
  const place = mkdtempSync(join(folder, 'files-'))
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(place, name)), { recursive: true })
    writeFileSync(join(place, name), content)
  }
  const compilerOptions = {
    types,
    typeRoots: [join(root, 'node_modules/@types')],
    lib: ['ES2024', 'ESNext.Disposable', ...lib],
    // What Workers and Next.js bundle.
    module: 'ESNext',
    moduleResolution: 'Bundler',
    customConditions: [],
    isolatedDeclarations: false,
    declaration: false,
    allowJs: true,
    checkJs: true,
    // JavaScript says nothing of its parameters.
    strict: false,
    exactOptionalPropertyTypes: false,
    skipLibCheck: true,
    paths: {
      '@countersign/core': [join(root, 'packages/core/src/index.ts')],
      '@countersign/core/*': [join(root, 'packages/core/src/*/index.ts')],
      '@countersign/speeda': [join(root, 'packages/speeda/src/index.ts')],
      '@/*': [join(place, '*')],
    },
  }
  const config = { extends: join(root, 'tools/tsconfig.base.json'), compilerOptions, include: ['**/*'] }
  writeFileSync(join(place, 'tsconfig.json'), JSON.stringify(config))
  const compiler = join(root, 'node_modules/typescript/bin/tsc')
  const { stdout } = spawnSync(process.execPath, [compiler, '-p', place], { cwd: place, encoding: 'utf8' })
  // Our sources are checked elsewhere, with the types that they are written for.
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !/^(\.\.|\s)/.test(line))
    .join('\n')
}

describe('the recipes for Cloudflare Workers', () => {
  const recipes = examplesOf('Cloudflare Workers')

  test.each(recipes.map((recipe, index) => [index + 1, recipe] as const))(
    'number %i compiles with the types of Workers',
    (_number, { code, language }) => {
      expect(compile({ [`worker.${language}`]: code }, workers)).toBe('')
    },
  )

  test('a function that does not exist there is found', () => {
    const [{ code = '' } = {}] = recipes
    expect(compile({ 'worker.js': code.replaceAll('waitUntil', 'waitFor') }, workers)).toContain('waitFor')
  })

  test.each(recipes.map((recipe, index) => [index + 1, recipe] as const))(
    'number %i answers on workerd, twice with one exchange',
    async (_number, { code, language }) => {
      const entry = join(folder, `entry-${_number}.${language}`)
      writeFileSync(entry, code)
      const emulator = createSpeedaEmulator()
      const { clientId, keyId } = await emulator.register(fixedKeys.rsa2048.publicKey)
      const worker = new Miniflare({
        modules: true,
        script: await buildWorker(entry),
        compatibilityDate: '2026-01-01',
        bindings: {
          SPEEDA_CLIENT_ID: clientId,
          SPEEDA_KEY_ID: keyId,
          SPEEDA_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
        },
        outboundService: async (request) => {
          const { url, method } = request
          const body = await request.arrayBuffer()
          const given = { method, headers: [...request.headers], ...(body.byteLength > 0 && { body }) }
          return (await emulator.fetch(new Request(url, given))) as never
        },
      })
      try {
        const url = await worker.ready
        for (let call = 1; call <= 2; call++) {
          const response = await fetch(url)
          expect(response.status).toBe(200)
          expect(await response.json()).toBeTypeOf('object')
        }
        expect(emulator.journal.filter(({ endpoint }) => endpoint === 'token')).toHaveLength(1)
      } finally {
        await worker.dispose()
      }
    },
  )
})

test('the recipe for Next.js compiles with its types', () => {
  const recipes = examplesOf('Next\\.js')
  const files = Object.fromEntries(recipes.map(({ file = '', code }) => [file, code]))
  expect(Object.keys(files)).toEqual(['lib/speeda.js', 'app/companies/route.js'])
  expect(compile(files, next)).toBe('')
  const [library = ''] = Object.values(files)
  expect(compile({ 'lib/speeda.js': library.replaceAll('after', 'afterwards') }, next)).toContain(
    'afterwards',
  )
})
