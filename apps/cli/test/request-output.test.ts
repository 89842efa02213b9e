import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chmod, lstat, mkdir, open, readdir, readFile, stat, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey } = fixedKeys.rsa2048
const env = {
  COUNTERSIGN_UTGL_ACCESS_KEY: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
  COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey,
}
const request = (url: string, ...more: string[]) => ['request', 'utgl', '/a', '--base-url', url, ...more]

test('-o writes the answer into a file, byte for byte, and nothing to stdout', async () => {
  await using scratch = await createScratch()
  const body = randomBytes(100_000)
  await using server = await startRecordingServer(() => ({ body }))
  const path = join(scratch.path, 'answer.bin')
  const outcome = await runCommand(request(server.url, '-o', path), { env })
  expect(outcome).toEqual({ stdout: '', stderr: '', exitCode: 0 })
  expect(body.equals(await readFile(path))).toBe(true)
  expect(await readdir(scratch.path)).toEqual(['answer.bin'])
})

test('a refusal goes into the file too, as with curl, and -i puts the head before it', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer(() => ({ status: 404, body: '{"code":"NO"}' }))
  const path = join(scratch.path, 'answer')
  const outcome = await runCommand(request(server.url, '-i', '-o', path), { env })
  expect(outcome).toMatchObject({ stdout: '', exitCode: 4, stderr: expect.stringMatching(/^HTTP_STATUS: /) })
  expect(await readFile(path, 'utf8')).toMatch(/^HTTP\/1\.1 404 .*\n\n\{"code":"NO"\}$/s)
})

test('an empty answer makes an empty file', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer(() => ({ status: 204, body: '' }))
  const path = join(scratch.path, 'answer')
  expect((await runCommand(request(server.url, '-o', path), { env })).exitCode).toBe(0)
  expect((await stat(path)).size).toBe(0)
})

test('with --json status and headers are the value, and the body is in the file', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer(() => ({ body: '{"a":1}' }))
  const path = join(scratch.path, 'answer')
  const { stdout } = await runCommand(request(server.url, '--json', '-o', path), { env })
  expect(JSON.parse(stdout)).toMatchObject({ status: 200, body: null, file: path })
  expect(await readFile(path, 'utf8')).toBe('{"a":1}')
})

test('an answer that breaks off leaves nothing, and what was there as it was', async () => {
  await using scratch = await createScratch()
  const path = await scratch.file('answer', 'of yesterday')
  await using server = await startRecordingServer(() => ({ body: 'x'.repeat(100), cutAfter: 50 }))
  const outcome = await runCommand(request(server.url, '-o', path), { env })
  expect(outcome).toMatchObject({ stdout: '', exitCode: 5, stderr: expect.stringMatching(/^NETWORK: /) })
  expect(await readdir(scratch.path)).toEqual(['answer'])
  expect(await readFile(path, 'utf8')).toBe('of yesterday')
})

test('nothing is left either when nobody answers, or when nothing can be signed', async () => {
  await using scratch = await createScratch()
  const path = join(scratch.path, 'answer')
  const server = await startRecordingServer()
  await server.close()
  const unanswered = await runCommand(request(server.url, '-o', path), { env })
  const badKey = await runCommand(request(server.url, '-o', path), {
    env: { ...env, COUNTERSIGN_UTGL_PRIVATE_KEY: 'no key' },
  })
  expect([unanswered.exitCode, badKey.exitCode]).toEqual([5, 3])
  expect(await readdir(scratch.path)).toEqual([])
})

test('a file keeps its mode, and a link its place', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer(() => ({ body: 'new' }))
  const path = await scratch.file('answer', 'old')
  await chmod(path, 0o640)
  const link = join(scratch.path, 'link')
  await symlink(path, link)
  await runCommand(request(server.url, '-o', link), { env })
  expect([await readFile(path, 'utf8'), (await stat(path)).mode & 0o777]).toEqual(['new', 0o640])
  expect((await lstat(link)).isSymbolicLink()).toBe(true)
})

test('a link to a file that does not exist yet is followed, as by curl', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer(() => ({ body: 'new' }))
  const link = join(scratch.path, 'link')
  await symlink('second', link)
  await symlink('answer', join(scratch.path, 'second'))
  expect((await runCommand(request(server.url, '-o', link), { env })).exitCode).toBe(0)
  expect((await lstat(link)).isSymbolicLink()).toBe(true)
  expect((await lstat(join(scratch.path, 'second'))).isSymbolicLink()).toBe(true)
  expect(await readFile(join(scratch.path, 'answer'), 'utf8')).toBe('new')
})

test('a pipe that a program reads gets the answer, and one that nobody reads is refused before anything is sent', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer(() => ({ body: 'new' }))
  const pipe = join(scratch.path, 'pipe')
  await once(spawn('mkfifo', [pipe]), 'exit')
  const refused = await runCommand(request(server.url, '-o', pipe), { env })
  expect(refused).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining('(ENXIO)') })
  expect(server.requests).toEqual([])
  // Opened for both, so that it has a reader from here on.
  const reader = await open(pipe, 'r+')
  expect((await runCommand(request(server.url, '-o', pipe), { env })).exitCode).toBe(0)
  const { buffer, bytesRead } = await reader.read()
  await reader.close()
  expect(buffer.toString('utf8', 0, bytesRead)).toBe('new')
  expect((await lstat(pipe)).isFIFO()).toBe(true)
})

test('a device is written to and stays one', async () => {
  await using server = await startRecordingServer(() => ({ body: 'new' }))
  expect((await runCommand(request(server.url, '-o', '/dev/null'), { env })).exitCode).toBe(0)
  expect((await stat('/dev/null')).isCharacterDevice()).toBe(true)
})

test('a file that cannot be written is told before anything is sent', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer()
  await mkdir(join(scratch.path, 'folder'))
  await symlink('loop', join(scratch.path, 'loop'))
  for (const [path, code] of [
    [join(scratch.path, 'nowhere', 'answer'), 'ENOENT'],
    [join(scratch.path, 'folder'), 'EISDIR'],
    [join(scratch.path, 'loop'), 'ELOOP'],
  ] as const) {
    const outcome = await runCommand(request(server.url, '-o', path), { env })
    expect(outcome).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining(`(${code})`) })
  }
  const dry = await runCommand(request(server.url, '-o', 'x', '--dry-run'), { env })
  expect(dry).toMatchObject({ stdout: '', exitCode: 2 })
  expect(server.requests).toEqual([])
})

test('-o - is stdout, as it came, on a terminal too', async () => {
  await using server = await startRecordingServer(() => ({ body: '{"a":"\u0000"}' }))
  const { stdout } = await runCommand(request(server.url, '-o', '-'), { env, isTTY: true })
  expect(stdout).toBe('{"a":"\u0000"}')
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s in the middle leaves nothing half written', async (signal) => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer(() => ({ endless: true }))
  const folder = join(scratch.path, 'out')
  await mkdir(folder)
  const bin = new URL('../src/bin.ts', import.meta.url).pathname
  const argv = request(server.url, '-o', join(folder, 'answer'))
  const child = spawn(process.execPath, ['--conditions=@countersign/source', bin, ...argv], {
    env: { PATH: process.env['PATH'], HOME: scratch.path, ...env },
    stdio: 'ignore',
  })
  const exit = once(child, 'exit')
  const sizeOfFirst = async () => {
    const [first] = await readdir(folder)
    return first === undefined ? 0 : (await stat(join(folder, first))).size
  }
  while ((await sizeOfFirst()) === 0) await new Promise((resolve) => setImmediate(resolve))
  child.kill(signal)
  expect(await exit).toEqual([null, signal])
  expect(await readdir(folder)).toEqual([])
})

test('--json keeps numbers, repeated cookies and bytes exactly', async () => {
  const json = '{"id": 12345678901234567890,\n "big": 1e400, "rate": 1.50, "id": "\\ud800 \u009b31m \u202e"}'
  const answers = [
    { body: json },
    { body: Buffer.from([0xff, 0x00, 0x9b]), headers: { 'content-type': 'application/octet-stream' } },
    {
      body: Buffer.from('caf\u00e9', 'latin1'),
      headers: { 'content-type': 'text/plain; charset=iso-8859-1' },
    },
    { body: '\ufeff{"a":1}' },
    { body: '\ufeffnot json', headers: { 'content-type': 'text/plain' } },
  ]
  await using server = await startRecordingServer((_request, count) => answers[count - 1] ?? {})
  const lines: string[] = []
  for (const _ of answers) lines.push((await runCommand(request(server.url, '--json'), { env })).stdout)
  const bodies = lines.map((line) => line.replace(/^.*?\},"body/, '"body'))
  expect(bodies).toEqual([
    '"body":{"id":12345678901234567890,"big":1e400,"rate":1.50,"id":"\\ud800 \\u009b31m \\u202e"}}\n',
    '"body":null,"bodyBase64":"/wCb"}\n',
    '"body":"caf\u00e9"}\n',
    '"body":{"a":1}}\n',
    '"body":"\\ufeffnot json"}\n',
  ])
  const two: typeof fetch = async () =>
    new Response('{}', {
      headers: [
        ['set-cookie', 'a=1; Path=/'],
        ['set-cookie', 'b=2'],
        ['x-a', '1'],
        ['x-a', '2'],
      ],
    })
  const { stdout } = await runCommand(request(server.url, '--json'), { env, fetch: two })
  expect(JSON.parse(stdout).headers).toMatchObject({ 'set-cookie': ['a=1; Path=/', 'b=2'], 'x-a': '1, 2' })
})

test('a rule is named only when the provider has it, and no header reaches the terminal as a command', async () => {
  await using server = await startRecordingServer((_request, count) => ({
    status: 401,
    headers: { 'x-countersign-rule': count === 1 ? 'utgl.alg; source' : '\u009b31m eyJhbGciOi.a.token' },
  }))
  const known = await runCommand(request(server.url), { env })
  expect(known.stderr).toMatch(/Broken rule: utgl\.alg; https:/)
  for (const flags of [[], ['--json'], ['-i'], ['--json', '-i']]) {
    const { stdout, stderr } = await runCommand(request(server.url, ...flags), { env, isTTY: true })
    expect(stderr).not.toContain('token')
    expect(stdout + stderr).not.toMatch(/[\u0080-\u009f]/)
  }
})

test('an answer that is too large for --json says so, is not held, and can be saved', async () => {
  await using scratch = await createScratch()
  const body = Buffer.alloc(64 * 1_048_576 + 1, 'a')
  await using server = await startRecordingServer(() => ({ body }))
  const refused = await runCommand(request(server.url, '--json'), { env })
  expect(refused).toMatchObject({ stdout: '', exitCode: 4 })
  const words = refused.stderr.replace(/\s+/g, ' ')
  expect(words).toMatch(
    /^RESPONSE_INVALID: .* is too large for --json, which holds 64 MiB\. Pass --output FILE/,
  )
  expect(words).not.toContain('cut off')
  const path = join(scratch.path, 'answer')
  const saved = await runCommand(request(server.url, '--json', '-o', path), { env })
  expect(saved.exitCode).toBe(0)
  expect((await stat(path)).size).toBe(body.length)
})

test('a body without end is given up at the limit of --json', async () => {
  await using server = await startRecordingServer(() => ({ endless: true }))
  const { stdout, stderr, exitCode } = await runCommand(request(server.url, '--json'), { env })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 4 })
  expect(stderr).toContain('too large for --json')
})
