import { randomBytes } from 'node:crypto'
import { stripVTControlCharacters } from 'node:util'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { formatJson } from '../src/request/response.ts'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey } = fixedKeys.rsa2048
const env = {
  COUNTERSIGN_UTGL_ACCESS_KEY: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
  COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey,
}
const mebibyte = 1_048_576
const screen = { env, isTTY: true }
const request = (url: string, ...more: string[]) => ['request', 'utgl', '/a', '--base-url', url, ...more]
const plain = { paint: (_style: unknown, text: string) => text }

test('JSON is laid out without going through a JavaScript value', () => {
  const text =
    '{"id":12345678901234567890,"rate":1.50,"id":2,"none":{},"few":[],"list":[1,{"a":"b: [,]\\""}],"t":true}'
  expect(formatJson(text, plain)).toBe(`{
  "id": 12345678901234567890,
  "rate": 1.50,
  "id": 2,
  "none": {},
  "few": [],
  "list": [
    1,
    {
      "a": "b: [,]\\""
    }
  ],
  "t": true
}`)
})

test('text that is not JSON is not indented, and control characters are escaped', () => {
  expect(formatJson('{"a":', plain)).toBeUndefined()
  expect(formatJson('', plain)).toBeUndefined()
  expect(formatJson('"a\u009b31m"', plain)).toBe('"a\\u009b31m"')
})

test('a terminal gets JSON laid out and in colours, a pipe gets the bytes', async () => {
  const body = '{"a":[1, null]}'
  await using server = await startRecordingServer(() => ({ body }))
  const { stdout } = await runCommand(request(server.url), screen)
  expect(stdout).toContain('\u001b[34m"a"\u001b[39m')
  expect(stripVTControlCharacters(stdout)).toBe('{\n  "a": [\n    1,\n    null\n  ]\n}\n')
  const grey = await runCommand(request(server.url, '--no-color'), screen)
  expect(grey.stdout).toBe(stripVTControlCharacters(stdout))
  for (const given of [{ env }, { env: { ...env, FORCE_COLOR: '1' } }])
    expect((await runCommand(request(server.url), given)).stdout).toBe(body)
})

test("a refusal's JSON is laid out too, and so is a type with +json", async () => {
  await using server = await startRecordingServer(() => ({
    status: 422,
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    body: '{"a":1}',
  }))
  const { stdout, exitCode } = await runCommand(request(server.url, '--no-color'), screen)
  expect({ stdout, exitCode }).toEqual({ stdout: '{\n  "a": 1\n}\n', exitCode: 4 })
})

test('what only calls itself JSON is shown as it is', async () => {
  await using server = await startRecordingServer(() => ({ body: 'not {json' }))
  expect((await runCommand(request(server.url), screen)).stdout).toBe('not {json\n')
})

test.each([
  ['bytes', 'application/pdf', Buffer.concat([Buffer.from('%PDF\n'), randomBytes(500)])],
  ['a NUL', 'text/plain', 'a\u0000b'],
  ['what a terminal would obey', 'text/plain', '\u001b[2Jgone'],
  ['text in another charset than it says', 'text/plain', Buffer.from('\u00fc', 'latin1')],
])('not shown on a terminal, but sent through a pipe: %s', async (_title, type, body) => {
  await using server = await startRecordingServer(() => ({ headers: { 'content-type': type }, body }))
  const { stdout, stderr, exitCode } = await runCommand(request(server.url), screen)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 })
  expect(stderr).toBe(
    `The response is not text (${type}) and is not shown. --output FILE saves it; --output - prints it anyway.\n`,
  )
  await using scratch = await createScratch()
  const path = await scratch.file('answer', '')
  expect((await runCommand(request(server.url, '-o', path), screen)).stderr).toBe('')
  expect((await runCommand(request(server.url), { env })).stdout).toBe(Buffer.from(body).toString())
})

test('text in a charset that it names is shown', async () => {
  await using server = await startRecordingServer(() => ({
    headers: { 'content-type': 'text/plain; charset=iso-8859-1' },
    body: Buffer.from('\u00fcber', 'latin1'),
  }))
  expect((await runCommand(request(server.url), screen)).stdout).toBe('\u00fcber\n')
})

test('a person is told how far a large answer has come, in one line', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer(() => ({ body: Buffer.alloc(3 * mebibyte) }))
  const path = await scratch.file('answer', '')
  const { stderr, exitCode } = await runCommand(request(server.url, '-o', path), screen)
  expect(exitCode).toBe(0)
  const lines = stderr.split('\r')
  expect(lines.length).toBeGreaterThan(3)
  expect(lines[1]).toMatch(/^received 0\.\d MiB of 3\.0 MiB \(\d+ %\)/)
  expect(lines.at(-1)).toBe('received 3.0 MiB of 3.0 MiB (100 %)\n')
  expect(stderr.indexOf('\n')).toBe(stderr.length - 1)
})

test('and of a large body that is sent, whose bytes, length and hash stay the same', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer()
  const bytes = randomBytes(2 * mebibyte + 1)
  const data = `@${await scratch.file('body', bytes)}`
  const { stderr, exitCode } = await runCommand(request(server.url, '-d', data, '--no-color'), screen)
  expect(exitCode).toBe(0)
  expect(stderr.split('\r').at(-1)).toBe('sent 2.0 MiB of 2.0 MiB (100 %)\n')
  await runCommand(request(server.url, '-d', data), { env })
  expect(server.requests.map(({ body }) => bytes.equals(body))).toEqual([true, true])
  for (const sent of server.requests) {
    expect(sent.header('content-length')).toBe(String(bytes.length))
    expect(sent.header('transfer-encoding')).toBeUndefined()
  }
})

test.each([['--quiet'], ['--json']])('with %s there is no progress', async (flag) => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer(() => ({ body: Buffer.alloc(2 * mebibyte) }))
  const data = `@${await scratch.file('body', Buffer.alloc(2 * mebibyte))}`
  const path = await scratch.file('answer', '')
  expect((await runCommand(request(server.url, '-d', data, '-o', path, flag), screen)).stderr).toBe('')
})

test('no progress where stderr is not a terminal, nor for small bodies', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer((_request, count) => ({
    body: Buffer.alloc(count === 1 ? 2 * mebibyte : 1000),
  }))
  const path = await scratch.file('answer', '')
  expect((await runCommand(request(server.url, '-o', path), { env })).stderr).toBe('')
  expect((await runCommand(request(server.url, '-o', path), screen)).stderr).toBe('')
})

test('JSON that breaks off is shown as far as it came', async () => {
  await using server = await startRecordingServer(() => ({ body: '{"a":"long enough"}', cutAfter: 5 }))
  const outcome = await runCommand(request(server.url), screen)
  expect(outcome).toMatchObject({
    stdout: '{"a":',
    exitCode: 5,
    stderr: expect.stringContaining('was cut off'),
  })
})

test('JSON with characters that a terminal obeys is shown with them written out, and headers without them', async () => {
  await using server = await startRecordingServer(() => ({
    headers: { 'x-one': 'a\u009b31m' },
    body: '{"a":"\u009b31m"}',
  }))
  const { stdout } = await runCommand(request(server.url, '-i', '--no-color'), screen)
  expect(stdout).toContain('\n  "a": "\\u009b31m"\n')
  expect(stdout).toContain('\nx-one: a')
  expect(stdout).not.toContain('\u009b')
  expect((await runCommand(request(server.url, '-i'), { env })).stdout).toContain('\u009b')
})
