import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { contentSecurityPolicy } from '../../playground/build/static-page.ts'
import { answerPage, readPageFiles } from '../src/playground/page.ts'
import { billing, createPackageHome, manifestOf } from './install-package.ts'
import { createScratch, runCommand, type Scratch } from './run-command.ts'

const esbuild = dirname(createRequire(import.meta.url).resolve('esbuild/package.json'))

const files = new Map([
  ['index.html', Buffer.from('<!doctype html><title>Page</title>')],
  ['assets/page.js', Buffer.from('void 0')],
  ['assets/font.woff2', Buffer.from([1, 2, 3])],
])

const ask = (path: string, method = 'GET') =>
  answerPage(files, new Request(`http://127.0.0.1:4480${path}`, { method }))

test.each([
  ['/', 'text/html; charset=utf-8', '<!doctype html><title>Page</title>'],
  ['/index.html#p=utgl', 'text/html; charset=utf-8', '<!doctype html><title>Page</title>'],
  ['/assets/page.js?once', 'text/javascript; charset=utf-8', 'void 0'],
  ['/assets/font.woff2', 'font/woff2', '\u0001\u0002\u0003'],
])('%s is a file of the page', async (path, type, body) => {
  const answer = ask(path)
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([200, type, body])
})

test.each(['/nothing', '/assets', '/assets/', '/../package.json', '/%2e%2e/package.json', '//etc/passwd'])(
  '%s is not a file of the page',
  (path) => expect(ask(path).status).toBe(404),
)

test('only GET and HEAD are answered, HEAD without a body', async () => {
  expect(ask('/', 'POST').status).toBe(405)
  const head = ask('/', 'HEAD')
  expect([head.status, await head.text()]).toEqual([200, ''])
})

test('the page may connect to nothing, and be shown in no frame', () => {
  expect(ask('/').headers.get('content-security-policy')).toBe(
    `${contentSecurityPolicy}; frame-ancestors 'none'`,
  )
})

test('the built page is found beside the command, and its absence is told with the fix', async () => {
  await using scratch = await createScratch()
  const script = await scratch.file('countersign.js', '')
  await expect(readPageFiles(script)).rejects.toThrow('run `pnpm build`')
  await mkdir(join(dirname(script), 'playground/assets'), { recursive: true })
  await scratch.file('playground/index.html', 'page')
  await scratch.file('playground/assets/page.js', 'script')
  expect([...(await readPageFiles(script)).keys()].sort()).toEqual(['assets/page.js', 'index.html'])
})

test('the address is the result, the rest is talk', async () => {
  const io = { pageFiles: async () => files, untilStopped: async () => undefined }
  const people = await runCommand(['playground', '--port', '0', '--quiet'], io)
  expect(people).toEqual({
    stdout: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/\n$/),
    stderr: '',
    exitCode: 0,
  })
  const { stdout } = await runCommand(['playground', '--port', '0', '--json'], io)
  expect(JSON.parse(stdout)).toEqual({ url: expect.stringMatching(/^http:\/\/127\.0\.0\.1:\d+\/$/) })
})

describe('with a provider package in the configuration', () => {
  const html = '<!doctype html><head><script defer src="./assets/index.js"></script></head>'
  const names = {
    '@countersign/core': [],
    '@countersign/core/emulator': [],
    '@countersign/core/provider': [],
  }
  const page = new Map([
    ['index.html', Buffer.from(html)],
    ['shared-modules.json', Buffer.from(JSON.stringify(names))],
  ])
  const open = async (scratch: Scratch) => {
    const home = await createPackageHome(scratch)
    const io = { env: home.env, pageFiles: async () => page, untilStopped: async () => undefined }
    return { home, run: () => runCommand(['playground', '--port', '0'], io) }
  }

  test('without esbuild the page shows the other providers, and stderr has the line that installs it', async () => {
    await using scratch = await createScratch()
    const { home, run } = await open(scratch)
    await home.install(billing)
    await home.configure(`providers = ["${billing}"]`)
    const { stdout, stderr, exitCode } = await run()
    expect({ stdout, exitCode }).toEqual({ stdout: expect.stringMatching(/^http:/), exitCode: 0 })
    expect(stderr.replace(/\s+/g, ' ')).toContain('with the help of esbuild, which is not installed.')
    expect(stderr.replace(/\s+/g, ' ')).toContain(`npm install --prefix ${home.folder} esbuild`)
  })

  test('one without an emulator, and one that cannot be bundled, are left out with the reason', async () => {
    await using scratch = await createScratch()
    const { home, run } = await open(scratch)
    await symlink(esbuild, join(home.folder, 'node_modules/esbuild'))
    const folder = await home.install(billing)
    await home.configure(`providers = ["${billing}"]`)
    // The page of this test shares nothing of core.
    const cut = await run()
    expect(cut.exitCode).toBe(0)
    expect(cut.stderr.replace(/\s+/g, ' ')).toMatch(
      `Left out: The page cannot show the provider package ${billing}: No matching export in`,
    )
    const exports = { './provider': './src/billing-provider.js' }
    await writeFile(join(folder, 'package.json'), manifestOf(billing, exports))
    const without = await run()
    expect(without.exitCode).toBe(0)
    expect(without.stderr).toContain('Left out: billing has no emulator')
  })

  test('the packages are not asked for esbuild when there are none', async () => {
    await using scratch = await createScratch()
    const { home, run } = await open(scratch)
    await home.configure('providers = []')
    expect(await run()).toMatchObject({ exitCode: 0, stdout: expect.stringMatching(/^http:/) })
  })
})
