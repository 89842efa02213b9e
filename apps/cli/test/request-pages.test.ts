import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { fixedKeys, readJwtText } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createScratch, runCommand } from './run-command.ts'

const env = {
  COUNTERSIGN_UTGL_ACCESS_KEY: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
  COUNTERSIGN_UTGL_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
}

/** A list of three pages; `answers` replaces pages by their number. */
async function startList(answers: Record<number, { status?: number; body?: string }> = {}) {
  const server = await startRecordingServer((_request, count) => ({
    headers: { 'content-type': 'application/json' },
    body: `{"data":[12345678901234567890],"nextPageToken":${count < 3 ? `"p ${count + 1}"` : 'null'}}`,
    ...answers[count],
  }))
  const argv = [
    'request',
    'utgl',
    'transactions?filter=a%20b',
    '--paginate',
    '--base-url',
    `${server.url}/v1`,
  ]
  return {
    server,
    run: (...more: string[]) => runCommand([...argv, ...more], { env }),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}

/** A list of one page, whose status line has a phrase that no Response can be made with. */
async function startOddList() {
  const server = createServer((socket) => {
    socket.once('data', () =>
      socket.end(
        'HTTP/1.1 200 caf\xe9\r\nConnection: close\r\nContent-Length: 23\r\n\r\n{"nextPageToken":null }\n',
        'latin1',
      ),
    )
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void server.close())
  await once(server, 'listening')
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

const page = (next: string) => `{"data":[12345678901234567890],"nextPageToken":${next}}`

describe('request --paginate', () => {
  test('prints a page whatever phrase its status line has', async () => {
    const argv = [
      'request',
      'utgl',
      'transactions',
      '--paginate',
      '-i',
      '--base-url',
      `${await startOddList()}/v1`,
    ]
    const { stdout, stderr, exitCode } = await runCommand(argv, { env })
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout).toMatch(/^HTTP\/1.1 200 OK\n/)
  })

  test('follows a list to its last page and prints the pages, byte for byte, one a line', async () => {
    await using list = await startList()
    const { stdout, stderr, exitCode } = await list.run()
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    expect(stdout).toBe([page('"p 2"'), page('"p 3"'), page('null')].join('\n'))
    const targets = list.server.requests.map(({ target }) => target)
    expect(targets).toEqual([
      '/v1/transactions?filter=a%20b',
      '/v1/transactions?filter=a%20b&pageToken=p%202',
      '/v1/transactions?filter=a%20b&pageToken=p%203',
    ])
    const signed = list.server.requests.map(
      (request) => readJwtText(request.header('authorization')).claims['uri'],
    )
    expect(signed).toEqual(targets)
  })

  test('prints one list with --json, its numbers as they came', async () => {
    await using list = await startList()
    const { stdout } = await list.run('--json')
    expect(JSON.parse(stdout).map(({ status }: { status: number }) => status)).toEqual([200, 200, 200])
    expect(stdout.match(/12345678901234567890/g)).toHaveLength(3)
  })

  test('writes all pages to one file', async () => {
    await using scratch = await createScratch()
    await using list = await startList()
    const path = `${scratch.path}/pages.json`
    const { stdout, exitCode } = await list.run('--output', path)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 0 })
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(3)
  })

  test('ends at a refusal, whose body is printed after the pages before it', async () => {
    await using list = await startList({ 2: { status: 403, body: '{"code":"NO"}' } })
    const { stdout, stderr, exitCode } = await list.run()
    expect(exitCode).toBe(4)
    expect(stdout).toBe(`${page('"p 2"')}\n{"code":"NO"}`)
    expect(stderr).toContain(' was answered 403 ')
    expect(list.server.requests).toHaveLength(2)
  })

  test('ends at a page that names an earlier one', async () => {
    await using list = await startList({ 2: { body: page('"p 2"') } })
    const { stderr, exitCode } = await list.run()
    expect(exitCode).not.toBe(0)
    expect(stderr).toContain('RESPONSE_INVALID')
    expect(stderr).toContain('already read')
    expect(list.server.requests).toHaveLength(2)
  })

  test.each([
    ['a web page', '<html>', 'not a JSON object'],
    ['more than 64 MiB', `"${'a'.repeat(64 * 1_048_576)}"`, 'larger than 64 MiB'],
  ])('ends with an error where the next page is %s', async (_words, body, problem) => {
    await using list = await startList({ 2: { body } })
    const { stdout, stderr, exitCode } = await list.run()
    expect(exitCode).not.toBe(0)
    expect(stdout).toBe(`${page('"p 2"')}\n`)
    expect(stderr).toContain('RESPONSE_INVALID')
    expect(stderr).toContain(problem)
  })

  test('prints a response that is not a list once', async () => {
    await using list = await startList({ 1: { body: 'pong' } })
    expect(await list.run()).toMatchObject({ stdout: 'pong', exitCode: 0 })
    expect(list.server.requests).toHaveLength(1)
  })

  test.each([
    [['--dry-run'], '--paginate and --dry-run cannot be used together'],
    [['--curl'], '--paginate and --curl cannot be used together'],
    [['-d', '{}'], 'GET request'],
  ])('is refused with %s, and nothing is sent', async (more, problem) => {
    await using list = await startList()
    const { stdout, stderr, exitCode } = await list.run(...more)
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
    expect(stderr).toContain(problem)
    expect(list.server.requests).toHaveLength(0)
  })

  const emulated = ['request', 'utgl', '--environment', 'emulator', '--paginate']

  test('follows the pages of the emulator, each signed over its own address', async () => {
    const { stdout, stderr, exitCode } = await runCommand([
      ...emulated,
      'transactions?filter=a%20b&pageSize=50',
    ])
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
    const pages: { data: { id: string }[] }[] = stdout.split('\n').map((line) => JSON.parse(line))
    expect(pages.map(({ data }) => data.length)).toEqual([50, 50, 20])
    expect(new Set(pages.flatMap(({ data }) => data.map(({ id }) => id))).size).toBe(120)
  })

  test('shows why the emulator refuses a page token, and ends', async () => {
    const { stdout, stderr, exitCode } = await runCommand([...emulated, 'accounts?pageToken=2'])
    expect(exitCode).toBe(4)
    expect(JSON.parse(stdout)).toEqual({
      code: 'INVALID_REQUEST',
      message: 'pageToken is not one that a page of this list named',
    })
    expect(stderr).toContain(' was answered 400 ')
  })

  test('is refused where the pages of a provider are not documented, and no file is left', async () => {
    await using scratch = await createScratch()
    const argv = ['request', 'victor', 'v2/accounts', '--environment', 'emulator', '--paginate']
    const { stderr, exitCode } = await runCommand([...argv, '--output', `${scratch.path}/a`])
    expect(exitCode).toBe(2)
    expect(stderr).toContain('victor')
    await expect(readFile(`${scratch.path}/a`)).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
