import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { contentSecurityPolicy } from '../../playground/build/static-page.ts'
import { answerPage, readPageFiles } from '../src/playground/page.ts'
import { createScratch, runCommand } from './run-command.ts'

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
