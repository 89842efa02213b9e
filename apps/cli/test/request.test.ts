import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { fixedKeys } from '@countersign/fixtures'
import { createSpeedaEmulator } from '@countersign/speeda/emulator'
import { serveEmulator, startRecordingServer } from '@countersign/testing'
import { createUtglEmulator } from '@countersign/utgl/emulator'
import { expect, test } from 'vitest'
import { createScratch, runCommand } from './run-command.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const env = {
  COUNTERSIGN_UTGL_ACCESS_KEY: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd',
  COUNTERSIGN_UTGL_PRIVATE_KEY: privateKey,
}

test.each([
  ['speeda', 'private-company/v1/companies?country=JPN', /"country":"JPN"/],
  ['cdata', 'poweredby/account/list', /"accounts"/],
  ['utgl', 'ping', /pong/],
  ['victor', '/v2/accounts', /emulated-account-1/],
  ['paymentsgate', 'https://secure.sandbox.paymentsgate.io/deals/7', /"id":"7"/],
])('request %s %s is answered by the emulator', async (provider, path, body) => {
  const { stdout, stderr, exitCode } = await runCommand([
    'request',
    provider,
    path,
    '--environment',
    'emulator',
  ])
  expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 })
  expect(stdout).toMatch(body)
})

test('a path joins the base URL with or without a leading slash; GET by default', async () => {
  await using server = await startRecordingServer()
  for (const path of ['ping?a=1&a=%20', '/ping?a=1&a=%20', `${server.url}/v1/ping?a=1&a=%20`])
    await runCommand(['request', 'utgl', path, '--base-url', `${server.url}/v1/`], { env })
  const lines = server.requests.map(({ method, target }) => `${method} ${target}`)
  expect(lines).toEqual(Array(3).fill('GET /v1/ping?a=1&a=%20'))
})

test('-d sends JSON by POST, unless told otherwise', async () => {
  await using server = await startRecordingServer()
  const request = ['request', 'utgl', '--base-url', server.url]
  await runCommand([...request, '/a', '-d', '{"a":1}'], { env })
  await runCommand(
    [...request, 'put', '/a', '--data', 'x=1', '-H', 'Content-Type: text/plain', '-H', 'X-One: 1'],
    { env },
  )
  const [first, second] = server.requests
  expect([first?.method, first?.header('content-type'), first?.body.toString()]).toEqual([
    'POST',
    'application/json',
    '{"a":1}',
  ])
  expect([
    second?.method,
    second?.header('content-type'),
    second?.header('x-one'),
    second?.body.toString(),
  ]).toEqual(['PUT', 'text/plain', '1', 'x=1'])
})

test('@file goes out byte for byte, and so does stdin', async () => {
  await using scratch = await createScratch()
  await using server = await startRecordingServer()
  const bytes = randomBytes(1000)
  const request = ['request', 'utgl', 'POST', '/a', '--base-url', server.url, '-d']
  await runCommand([...request, `@${await scratch.file('body', bytes)}`], { env })
  await runCommand([...request, '-'], { env, stdin: bytes })
  expect(server.requests.map(({ body }) => bytes.equals(body))).toEqual([true, true])
})

test("an Authorization of the caller's own is replaced", async () => {
  await using server = await startRecordingServer()
  const argv = ['request', 'utgl', '/a', '--base-url', server.url, '-H', 'Authorization: Basic mine']
  await runCommand(argv, { env })
  expect(server.requests[0]?.header('authorization')).toMatch(/^Bearer eyJ/)
})

test('-i prints status line and headers first', async () => {
  await using server = await startRecordingServer(() => ({
    status: 202,
    headers: { 'x-one': '1' },
    body: 'ok',
  }))
  const { stdout } = await runCommand(['request', 'utgl', '/a', '-i', '--base-url', server.url], { env })
  expect(stdout).toMatch(/^HTTP\/1\.1 202 \w+\n/)
  expect(stdout).toContain('\nx-one: 1\n')
  expect(stdout.endsWith('\n\nok')).toBe(true)
})

test('an empty answer prints nothing', async () => {
  await using server = await startRecordingServer(() => ({ status: 204, body: '' }))
  const outcome = await runCommand(['request', 'utgl', 'DELETE', '/a', '--base-url', server.url], { env })
  expect(outcome).toEqual({ stdout: '', stderr: '', exitCode: 0 })
})

test('--json is one value: status, headers, body', async () => {
  await using server = await startRecordingServer((_request, count) => ({
    status: count === 1 ? 200 : 500,
    body: count === 1 ? '{"a":1}' : 'no JSON',
  }))
  const argv = ['request', 'utgl', '/a', '--json', '--base-url', server.url]
  const first = await runCommand(argv, { env })
  expect(JSON.parse(first.stdout)).toMatchObject({ status: 200, body: { a: 1 } })
  const second = await runCommand(argv, { env })
  expect(second.exitCode).toBe(4)
  expect(JSON.parse(second.stdout)).toMatchObject({ status: 500, body: 'no JSON' })
})

test('a refusal prints its body and exits 4, with the code on stderr', async () => {
  await using server = await startRecordingServer(() => ({ status: 403, body: '{"code":"NO"}' }))
  const { stdout, stderr, exitCode } = await runCommand(['request', 'utgl', '/a', '--base-url', server.url], {
    env,
  })
  expect({ stdout, exitCode }).toEqual({ stdout: '{"code":"NO"}', exitCode: 4 })
  expect(stderr).toMatch(/^HTTP_STATUS: utgl: GET http:\/\/127\.0\.0\.1:\d+\/a was answered 403/)
})

test('a refusal of an emulator names the rule', async () => {
  const argv = ['request', 'cdata', 'poweredby/sources/list', '--environment', 'emulator']
  const { stderr, exitCode } = await runCommand(argv)
  expect(exitCode).toBe(4)
  expect(stderr).toContain('cdata.sub-required')
})

test('a foreign origin is refused before a byte leaves, and so is plain http', async () => {
  await using server = await startRecordingServer()
  const foreign = await runCommand(['request', 'utgl', `${server.url}/a`], { env })
  expect(foreign).toMatchObject({
    stdout: '',
    exitCode: 2,
    stderr: expect.stringMatching(/^ORIGIN_REFUSED: .*--base-url/),
  })
  expect(server.requests).toEqual([])
  const insecure = await runCommand(['request', 'utgl', '/a', '--base-url', 'http://example.com'], { env })
  expect(insecure).toMatchObject({
    stdout: '',
    exitCode: 2,
    stderr: expect.stringMatching(/^INSECURE_URL: /),
  })
})

test('an address with a user name or password is told so, without it and in words of the command', async () => {
  const { stdout, stderr, exitCode } = await runCommand(
    ['request', 'utgl', 'https://me:hush@api.example/a'],
    {
      env,
    },
  )
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toBe('CONFIG_INVALID: The address must not contain a user name or password.\n')
})

test('a redirect is not followed and exits 5', async () => {
  await using server = await startRecordingServer(() => ({
    status: 307,
    headers: { location: 'https://example.com/' },
  }))
  const outcome = await runCommand(['request', 'utgl', '/a', '--base-url', server.url], { env })
  expect(outcome).toMatchObject({
    stdout: '',
    exitCode: 5,
    stderr: expect.stringMatching(/^REDIRECT_REFUSED: /),
  })
})

test('who never answers is left after the deadline, exit 5 and TIMEOUT', async () => {
  await using server = await startRecordingServer(() => ({ hang: true }))
  const argv = ['request', 'utgl', '/a', '--base-url', server.url]
  const outcome = await runCommand(argv, { env, deadlineMs: 60 })
  expect(outcome).toMatchObject({
    stdout: '',
    exitCode: 5,
    stderr: expect.stringMatching(/^TIMEOUT: utgl: /),
  })
})

test('an answer that begins and never ends is left too', async () => {
  const server = createServer((_request, response) => response.writeHead(200).write('{"a":'))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  const argv = ['request', 'utgl', '/a', '--base-url', `http://127.0.0.1:${port}`]
  const outcome = await runCommand(argv, { env, deadlineMs: 300 })
  server.closeAllConnections()
  server.close()
  expect(outcome).toMatchObject({ stdout: '{"a":', exitCode: 5, stderr: expect.stringMatching(/^TIMEOUT: /) })
})

test('an answer that breaks off exits 5 and NETWORK', async () => {
  await using server = await startRecordingServer(() => ({ body: '{"a":"long enough"}', cutAfter: 5 }))
  const outcome = await runCommand(['request', 'utgl', '/a', '--base-url', server.url], { env })
  expect(outcome).toMatchObject({
    exitCode: 5,
    stderr: expect.stringMatching(/^NETWORK: utgl: .*was cut off/),
  })
})

test('who is not there exits 5 and NETWORK', async () => {
  const server = await startRecordingServer()
  await server.close()
  const outcome = await runCommand(['request', 'utgl', '/a', '--base-url', server.url], { env })
  expect(outcome).toMatchObject({ stdout: '', exitCode: 5, stderr: expect.stringMatching(/^NETWORK: /) })
})

test.each([
  [['GET', '/a', '-d', 'x'], 'A GET request cannot have a body'],
  [['/a', '-H', 'no colon'], '-H must be a header'],
  [['/a', '-d', '@/nowhere/file'], 'ENOENT'],
  [['/a', '--curl', '--dry-run'], 'cannot be used together'],
  [['POST', '/a', '--curl', '-d', '-'], '--data @file'],
])('request %j is a usage error', async (argv, words) => {
  const outcome = await runCommand(['request', 'utgl', ...argv], { env })
  expect(outcome).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining(words) })
})

test('--dry-run shows a signed request and its rules, masks the proof, and makes no call', async () => {
  await using server = await startRecordingServer()
  const argv = [
    'request',
    'utgl',
    'POST',
    '/ping',
    '-d',
    '{"hello":"world"}',
    '--dry-run',
    '--base-url',
    `${server.url}/v1`,
  ]
  const { stdout, exitCode } = await runCommand(argv, { env })
  expect(exitCode).toBe(0)
  expect(server.requests).toEqual([])
  expect(stdout).toContain(`POST ${server.url}/v1/ping`)
  expect(stdout).toContain('authorization: Bearer [secret]')
  expect(stdout).toContain('(body: 17 bytes)')
  expect(stdout).toContain('body: 93a23971a914e5eacbf0a8d25154cda309c3c1c72fbb9914d47c60f3cb681588')
  expect(stdout).toContain('✓ `uri` must be path and query')
  expect(stdout).not.toMatch(/eyJ|✗/)
})

test.each([
  ['speeda', 'client_assertion', 'jti'],
  ['paymentsgate', 'public_key', undefined],
])('--dry-run of %s shows the token request without making it', async (provider, secret, claim) => {
  const argv = ['request', provider, '/a', '--dry-run', '--json', '--environment', 'emulator']
  const { stdout, exitCode } = await runCommand(argv)
  expect(exitCode).toBe(0)
  const { requests } = JSON.parse(stdout) as {
    requests: {
      fields: Record<string, string>
      jwt: { claims: object } | null
      rules: { kept: boolean | null }[]
    }[]
  }
  expect(requests).toHaveLength(2)
  expect(requests[0]?.fields[secret]).toBe('[secret]')
  if (claim !== undefined) expect(requests[0]?.jwt?.claims).toHaveProperty(claim)
  expect(requests.flatMap(({ rules }) => rules).some(({ kept }) => kept === false)).toBe(false)
  expect(stdout).not.toMatch(/eyJ|LS0tLS1|BEGIN/)
})

test('--curl makes no call and prints a command without a secret, which works when it is run', async () => {
  await using scratch = await createScratch()
  const key = await scratch.file("it's a key.pem", privateKey)
  const emulator = createUtglEmulator()
  await using server = await serveEmulator(emulator)
  const { accessKey } = await emulator.register(publicKey)
  const argv = [
    'request',
    'utgl',
    '/ping?a=$HOME&b=%27',
    '-d',
    `{"it's":"$(one)"}`,
    '-H',
    'X-A: `b`',
    '--curl',
    '--base-url',
    `${server.url}/v1`,
  ]
  const { stdout, exitCode } = await runCommand([...argv, '--access-key', accessKey, '--private-key', key])
  expect(exitCode).toBe(0)
  expect(emulator.journal).toEqual([])
  expect(stdout).not.toMatch(/eyJ|BEGIN/)
  expect(stdout).toContain('countersign token utgl --method POST')
  const bin = new URL('../src/bin.ts', import.meta.url).pathname
  const functions = [
    `countersign() { '${process.execPath}' --conditions=@countersign/source '${bin}' "$@"; }`,
    `curl() { printf '%s\\0' "$@"; }`,
  ]
  const ran = await promisify(execFile)('sh', ['-c', [...functions, stdout].join('\n')])
  const words = ran.stdout.split('\0').slice(0, -1)
  const after = (option: string) => words.filter((_word, index) => words[index - 1] === option)
  const headers = after('--header').map((line) => line.split(': ') as [string, string])
  expect(words.slice(0, 4)).toEqual(['--globoff', '--request', 'POST', `${server.url}/v1/ping?a=$HOME&b=%27`])
  expect(headers.slice(1)).toEqual([
    ['content-type', 'application/json'],
    ['x-a', '`b`'],
  ])
  const [body = ''] = after('--data-binary')
  expect((await fetch(words[3] ?? '', { method: 'POST', headers, body })).status).toBe(200)
  expect(emulator.journal).toMatchObject([{ method: 'POST', path: '/ping', status: 200 }])
})

test('tokens that are exchanged serve the next request too', async () => {
  await using scratch = await createScratch()
  const emulator = createSpeedaEmulator()
  await using server = await serveEmulator(emulator)
  const { clientId, keyId } = await emulator.register(publicKey)
  const argv = [
    'request',
    'speeda',
    'private-company/v1/companies',
    '--client-id',
    clientId,
    '--key-id',
    keyId,
    '--base-url',
    server.url,
  ]
  const given = { env: { XDG_CACHE_HOME: scratch.path, COUNTERSIGN_SPEEDA_PRIVATE_KEY: privateKey } }
  for (const _time of [1, 2]) expect(await runCommand(argv, given)).toMatchObject({ stderr: '', exitCode: 0 })
  expect(emulator.journal.map(({ endpoint }) => endpoint)).toEqual(['token', 'api', 'api'])
  // A token that is taken back is renewed, once.
  emulator.revokeTokens()
  expect(await runCommand(argv, given)).toMatchObject({ stderr: '', exitCode: 0 })
})

test('--curl against the emulator of this process says that curl cannot reach it', async () => {
  const { stdout, stderr, exitCode } = await runCommand([
    'request',
    'utgl',
    'ping',
    '--curl',
    '--environment',
    'emulator',
  ])
  expect(exitCode).toBe(0)
  expect(stdout).toContain('curl --globoff --request GET https://access.utgl.io/v1/ping')
  expect(stdout).toContain(
    'countersign token utgl --method GET --uri /v1/ping --environment emulator --header',
  )
  expect(stderr).toContain('countersign emulator')
})
