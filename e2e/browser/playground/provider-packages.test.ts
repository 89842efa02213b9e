import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { gzipSync } from 'node:zlib'
import { build } from 'vite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readPageFiles } from '../../../apps/cli/src/playground/page.ts'
import { addProviderScripts, type PageProvider } from '../../../apps/cli/src/playground/provider-scripts.ts'
import { type OpenBrowser, openBrowser } from '../open-browser.ts'
import { openPlayground } from './page-object.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const cli = join(root, 'apps/cli')
const folder = mkdtempSync(join(tmpdir(), 'provider-packages-'))
const options = { modules: [join(cli, 'node_modules')], hint: 'Install it: npm install esbuild' }
let browser: OpenBrowser
let acme: PageProvider
let pageFiles: Awaited<ReturnType<typeof readPageFiles>>

/** A package outside of the workspace, built as its author would: core is a dependency, not a part of it. */
async function installAcme(): Promise<PageProvider> {
  const installed = join(folder, 'node_modules/@acme/countersign-things')
  await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      outDir: join(installed, 'dist'),
      minify: false,
      lib: {
        entry: join(root, 'tools/test/fixtures/acme-provider.ts'),
        formats: ['es'],
        fileName: () => 'index.js',
      },
      rolldownOptions: { external: [/^@countersign\//] },
    },
  })
  const exported = { provider: 'acmeProvider', emulator: 'createAcmeEmulator' }
  const file = (entry: keyof typeof exported) => join(installed, 'dist', `${entry}.js`)
  for (const entry of ['provider', 'emulator'] as const)
    writeFileSync(file(entry), `export { ${exported[entry]} } from './index.js'\n`)
  return {
    packageName: '@acme/countersign-things',
    factory: 'createAcme',
    provider: { file: file('provider'), name: exported.provider },
    emulator: { file: file('emulator'), name: exported.emulator },
  }
}

/** A package with one module. */
function installModule(name: string, source: string): PageProvider {
  const path = join(folder, 'node_modules', name, 'index.js')
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, source)
  const exported = (export_: string) => ({ file: path, name: export_ })
  return {
    packageName: name,
    factory: 'createOther',
    provider: exported('otherProvider'),
    emulator: exported('createOtherEmulator'),
  }
}

/** Writes a page, and returns its address: a file, without a server. */
function writePage(name: string, files: typeof pageFiles): string {
  for (const [path, bytes] of files) {
    const target = join(folder, name, path)
    mkdirSync(dirname(target), { recursive: true })
    writeFileSync(target, bytes)
  }
  return pathToFileURL(join(folder, name, 'index.html')).href
}

beforeAll(async () => {
  pageFiles = await readPageFiles(join(cli, 'src/bin.ts'))
  acme = await installAcme()
  browser = await openBrowser()
}, 180_000)

afterAll(async () => {
  await browser?.close()
  rmSync(folder, { recursive: true })
})

describe('a page with the provider of a package', () => {
  test('shows, sends, breaks and explains it, and requests nothing after it has loaded', async () => {
    const { files, problems } = await addProviderScripts(pageFiles, [acme], options)
    expect(problems).toEqual([])
    const url = writePage('acme', files)
    const { page, choose, toggle, send, faults, requests } = await openPlayground(browser.context, url)
    await page
      .getByRole('heading', { name: 'See what seven APIs want signed, and why they refuse.' })
      .waitFor()
    await choose('Acme')
    expect(await page.getByLabel('Tenant').inputValue()).toBe('acme-tenant-1')
    expect(await send()).toMatchObject({ word: 'accepted', broken: [], statuses: ['200', '200'] })
    await toggle('Wrong key')
    await page.locator('[data-rule="acme.tenant"][data-state=broken]').waitFor()
    expect(await send()).toMatchObject({ word: 'refused', broken: ['acme.tenant'] })
    expect(await page.getByTestId('snippet').textContent()).toContain("from '@acme/countersign-things'")
    await page.getByRole('button', { name: 'Explain this request' }).click()
    await page.getByTestId('guess').getByText('Acme', { exact: true }).waitFor()
    expect({ faults, requests }).toEqual({ faults: [], requests: [] })
    await page.close()
  })

  test('has it in a classic script of the HTML, under the same policy, which adds at most 15 kB', async () => {
    const { files } = await addProviderScripts(pageFiles, [acme], options)
    const text = (path: string) => new TextDecoder().decode(files.get(path))
    const scripts = [...text('index.html').matchAll(/<script ([^>]*)>/g)].map(([, attributes]) => attributes)
    expect(scripts).toEqual([
      'defer src="./first-key.js"',
      expect.stringMatching(/^defer src="\.\/assets\/index-[\w-]+\.js"$/),
      'defer src="./assets/provider-1.js"',
    ])
    const policy = /<meta http-equiv="Content-Security-Policy"[^>]*>/
    const policyOf = (files: typeof pageFiles) =>
      policy.exec(new TextDecoder().decode(files.get('index.html')))?.[0]
    expect(policyOf(files)).toContain("script-src 'self'")
    expect(policyOf(files)).toBe(policyOf(pageFiles))
    expect(gzipSync(files.get('assets/provider-1.js') ?? '').length).toBeLessThanOrEqual(15_000)
  })

  test('leaves the page as it is when there is no package', async () => {
    expect(await addProviderScripts(pageFiles, [], { ...options, modules: [] })).toEqual({
      files: pageFiles,
      problems: [],
    })
  })

  test.each([
    ['needs a module of Node', "import 'node:fs'\n", 'Could not resolve "node:fs"'],
    [
      'needs a newer core',
      "import { notYet } from '@countersign/core'\nexport const otherProvider = notYet\n",
      'No matching export in "countersign:@countersign/core" for import "notYet"',
    ],
    ['does not export what it should', 'export const another = 1\n', 'No matching export in'],
  ])('leaves out a package that %s, with the reason, and keeps the others', async (what, source, reason) => {
    const name = what.replaceAll(' ', '-')
    const { files, problems } = await addProviderScripts(
      pageFiles,
      [installModule(name, source), acme],
      options,
    )
    expect(problems.map(({ problem }) => problem)).toEqual([
      expect.stringMatching(`^The page cannot show the provider package ${name}: ${reason}`),
    ])
    expect([...files.keys()].filter((path) => path.includes('provider-'))).toEqual(['assets/provider-1.js'])
    expect(new TextDecoder().decode(files.get('assets/provider-1.js'))).toContain('acme-tenant-')
  })

  test('shows the other providers when the script of one fails', async () => {
    const failing = installModule(
      'failing',
      "throw new Error('broken')\nexport const otherProvider = {}\nexport const createOtherEmulator = {}\n",
    )
    const { files } = await addProviderScripts(pageFiles, [failing, acme], options)
    const { page, choose, send } = await openPlayground(browser.context, writePage('failing', files))
    await choose('Acme')
    expect(await send()).toMatchObject({ word: 'accepted' })
    await page.close()
  })

  test('is refused without esbuild, with the line that installs it', async () => {
    const modules = [join(folder, 'node_modules')]
    await expect(addProviderScripts(pageFiles, [acme], { ...options, modules })).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      problem: expect.stringContaining('esbuild, which is not installed'),
      hint: options.hint,
    })
  })
})

test('the page lists what its modules export, for scripts that are built against them', () => {
  const require = createRequire(join(root, 'apps/playground/package.json'))
  const listed = JSON.parse(new TextDecoder().decode(pageFiles.get('shared-modules.json')))
  expect(Object.keys(listed)).toEqual([
    '@countersign/core',
    '@countersign/core/emulator',
    '@countersign/core/provider',
  ])
  for (const [path, names] of Object.entries(listed)) expect(names).toEqual(Object.keys(require(path)).sort())
})
