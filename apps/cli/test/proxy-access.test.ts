import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createScratch, runCommand } from './run-command.ts'
import { send, withProxy } from './with-proxy.ts'

const secret = 'a-secret-of-24-characters'
const env = { COUNTERSIGN_PROXY_SECRET: secret }
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
const atPort = (host: string, url: string) => `${host}:${new URL(url).port}`

test('the secret also comes as a bearer token or as the password of Basic, and goes no further', async () => {
  await using provider = await startRecordingServer()
  const { stderr } = await withProxy(
    ['cdata', '--base-url', provider.url],
    async ({ url }) => {
      for (const authorization of [
        `Bearer ${secret}`,
        `bearer  ${secret}`,
        basic(`:${secret}`),
        basic(`anybody:${secret}`),
      ])
        expect((await send(`${url}/x`, { headers: { authorization } })).status).toBe(200)
    },
    { env },
  )
  expect(provider.requests).toHaveLength(4)
  for (const { headers } of provider.requests) {
    expect(JSON.stringify(headers)).not.toContain(secret)
    expect(JSON.stringify(headers)).not.toContain(Buffer.from(secret).toString('base64').slice(4, 20))
  }
  expect(stderr).not.toContain(secret)
})

test('a secret with colons is a password of Basic too', async () => {
  await using provider = await startRecordingServer()
  const colons = 'a:secret:of:24:characters'
  await withProxy(
    ['cdata', '--base-url', provider.url],
    async ({ url }) => {
      expect((await send(`${url}/x`, { headers: { authorization: basic(`x:${colons}`) } })).status).toBe(200)
    },
    { env: { COUNTERSIGN_PROXY_SECRET: colons } },
  )
})

test('a wrong secret is answered 401 with a challenge, wherever it is, and nothing is sent', async () => {
  await using provider = await startRecordingServer()
  await withProxy(
    ['cdata', '--base-url', provider.url],
    async ({ url }) => {
      for (const headers of [
        {},
        { authorization: secret },
        { authorization: `Token ${secret}` },
        { authorization: `Bearer ${secret}x` },
        { authorization: `Bearer x ${secret}` },
        { authorization: 'Bearer ' },
        { authorization: basic(secret) },
        { authorization: basic(`${secret}:`) },
        { authorization: basic(`x:${secret}x`) },
        { authorization: 'Basic !' },
        { 'x-countersign-secret': '' },
        // The header of the proxy decides where both are sent.
        { 'x-countersign-secret': 'wrong', authorization: `Bearer ${secret}` },
      ]) {
        const { status, headers: answered, body } = await send(`${url}/x`, { headers })
        expect([headers, status]).toEqual([headers, 401])
        expect(answered['www-authenticate']).toMatch(/^Bearer realm="countersign", Basic realm="countersign"/)
        expect(JSON.parse(body)).toMatchObject({ code: 'SECRET_WRONG' })
        expect(body).not.toContain(secret)
      }
    },
    { env },
  )
  expect(provider.requests).toEqual([])
})

test('the secret can be in a file that a variable names, and is read again when the file changes', async () => {
  await using scratch = await createScratch()
  await using provider = await startRecordingServer()
  const file = await scratch.file('secret', `${secret}\n`)
  const replaced = Promise.withResolvers<void>()
  await withProxy(
    ['cdata', '--base-url', provider.url],
    async ({ url, secretHeader = '' }) => {
      const status = async (value: string) =>
        (await send(`${url}/x`, { headers: { [secretHeader]: value } })).status
      expect(await status(secret)).toBe(200)
      await writeFile(file, 'another-secret-of-24-chars')
      await replaced.promise
      expect(await status(secret)).toBe(401)
      expect(await status('another-secret-of-24-chars')).toBe(200)
    },
    {
      env: { COUNTERSIGN_PROXY_SECRET_FILE: file },
      onStderr: (text) => {
        if (text.includes('secret.replaced')) replaced.resolve()
      },
    },
  )
})

test('on an address that others reach, callers must name the proxy as --allowed-host says', async () => {
  await using provider = await startRecordingServer()
  const argv = ['cdata', '--base-url', provider.url, '--host', '0.0.0.0']
  const allowed = [
    '--allowed-host',
    'Countersign',
    '--allowed-host',
    'proxy.default.svc',
    '--allowed-host',
    '10.1.2.3',
  ]
  await withProxy(
    [...argv, ...allowed],
    async ({ url, pass }) => {
      expect(new URL(url).hostname).toBe('127.0.0.1')
      const ask = (host: string) => send(`${url}/x`, { headers: { ...pass, host } })
      for (const host of [
        'countersign',
        'COUNTERSIGN:4500',
        'countersign.',
        'proxy.default.svc:80',
        '10.1.2.3',
        'localhost',
      ])
        expect([host, (await ask(host)).status]).toEqual([host, 200])
      const sent = provider.requests.length
      for (const host of [
        'countersign.evil.example',
        'my-countersign',
        'default.svc',
        '10.1.2.4',
        '0.0.0.0',
        '[::2]',
      ]) {
        const { status, body } = await ask(host)
        expect([host, status, JSON.parse(body)]).toEqual([
          host,
          403,
          {
            code: 'HOST_REFUSED',
            message: 'Host must be 127.0.0.1, localhost, [::1] or a name of --allowed-host.',
          },
        ])
      }
      for (const host of ['countersign:x', 'a:b:c'])
        expect((await ask(host)).status).toBeGreaterThanOrEqual(400)
      expect(provider.requests).toHaveLength(sent)
    },
    { env },
  )
})

test('the port for probes has an address of its own, takes addresses as Host, and no unknown name', async () => {
  await using provider = await startRecordingServer()
  const argv = ['cdata', '--base-url', provider.url, '--admin-host', '0.0.0.0', '--admin-port', '0']
  await withProxy(argv, async ({ adminUrl = '', url, pass }) => {
    const ask = async (host: string) => (await send(`${adminUrl}/healthz`, { headers: { host } })).status
    expect(await ask(atPort('10.2.3.4', adminUrl))).toBe(200)
    expect(await ask('[fd00::1]:9464')).toBe(200)
    expect(await ask(atPort('localhost', adminUrl))).toBe(200)
    expect(await ask('rebound.example')).toBe(403)
    // The traffic stays on this computer.
    expect((await send(`${url}/x`, { headers: { ...pass, host: '10.2.3.4' } })).status).toBe(403)
    expect(provider.requests).toEqual([])
    // Probes have a port of their own, so these are paths of the provider.
    for (const path of ['/healthz', '/readyz', '/metrics'])
      expect((await send(`${url}${path}`, { headers: pass })).status).toBe(200)
    expect((await send(`${url}/_countersign/healthz`, { headers: pass })).body).toBe('{"status":"up"}')
  })
  expect(provider.requests.map(({ target }) => target)).toEqual(['/healthz', '/readyz', '/metrics'])
})

test.each<[string[], RegExp, Record<string, string>?]>([
  [['--host', '0.0.0.0'], /--host opens the proxy to other computers, so callers must have a secret/],
  [['--host', 'countersign'], /--host must be an IP address of this computer, or localhost/],
  [
    ['--host', '203.0.113.7', '--port', '0'],
    /No network interface of this computer has the address 203\.0\.113\.7/,
    env,
  ],
  [['--admin-host', '0.0.0.0'], /--admin-host needs --admin-port/],
  [['--allowed-host', '*.example'], /--allowed-host must be a host name or an IP address/],
  [['--allowed-host', 'http://x'], /--allowed-host must be/],
  [['--allowed-host', 'x:4500'], /--allowed-host must be/],
  [['--socket', '/tmp/countersign-test.sock', '--host', '0.0.0.0'], /--host has nothing to serve/, env],
  [['--socket', '/tmp/countersign-test.sock', '--allowed-host', 'x'], /--allowed-host has nothing to serve/],
])('proxy %j is a usage error', async (argv, message, given: Record<string, string> = {}) => {
  const all = { COUNTERSIGN_CDATA_ENVIRONMENT: 'emulator', ...given }
  const { stdout, stderr, exitCode } = await runCommand(['proxy', 'cdata', ...argv], { env: all })
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(message)
})

/** The status line for a target that no client would send. */
async function sendRaw(url: string, head: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url)
  const socket = connect(Number(port), hostname)
  socket.write(
    [...head, `X-Countersign-Secret: ${secret}`, 'Host: localhost', 'Connection: close', '', ''].join('\r\n'),
  )
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  await once(socket, 'close')
  return Buffer.concat(chunks).toString()
}

const rules = ['--allow', 'GET /v1/*', '--allow', 'post,PUT /v2/cards/{id}/lock', '--allow', '* /ping']

test('--allow lets its methods and paths through, and the query is not looked at', async () => {
  await using provider = await startRecordingServer()
  const { stderr } = await withProxy(
    ['cdata', '--base-url', provider.url, ...rules],
    async ({ url, pass }) => {
      for (const [method, target] of [
        ['GET', '/v1/'],
        ['GET', '/v1/a/b/c?x=../../..//%2f;'],
        ['GET', '/v1/caf%C3%A9'],
        ['POST', '/v2/cards/1/lock'],
        ['PUT', '/v2/cards/%20/lock'],
        ['DELETE', '/ping'],
      ] as const) {
        const { status } = await send(`${url}${target}`, { method, headers: pass })
        expect([method, target, status]).toEqual([method, target, 200])
      }
      expect((await send(`${url}/_countersign/healthz`, { headers: pass })).status).toBe(200)
    },
    { env },
  )
  const [first] = stderr.trim().split('\n')
  expect(JSON.parse(first ?? '')).toMatchObject({ path: '/v1/', upstream: provider.url, status: 200 })
})

test.each([
  'GET /v1',
  'GET /v2/cards/1/lock',
  'GET /v10/x',
  'GET /V1/x',
  'GET /v1%2Fx',
  'HEAD /v1/x',
  'POST /v1/x',
  'POST /v2/cards/1/lock/',
  'POST /v2/cards//lock',
  'POST /v2/cards/1/2/lock',
  'GET /ping/',
  'GET //ping',
  'GET /v1//x',
  'GET /v1/..%2f..%2f/admin',
  'GET /v1/..%5C..%5cadmin',
  'GET /v1/%252e%252e/admin',
  'GET /v1/%252e%252e%252f/admin',
  'GET /v1/%25252e%25252e/admin',
  'GET /v1/..;/admin',
  'GET /v1/..;x=1/admin',
  'GET /v1/%2e%2e%3b/admin',
  'GET /v1/x%3F/y',
  'GET /v1/x%3f',
  'GET /v1/x%23y',
  'GET /v1/x%00.png',
  'GET /v1/%0d%0aHost:x',
  'GET /v1/%c0%ae%c0%ae%c0%af/admin',
  'GET /v1/%',
])('%s is not allowed: 403 with what is, and the provider is not called', async (line) => {
  await using provider = await startRecordingServer()
  const { stderr } = await withProxy(
    ['cdata', '--base-url', provider.url, ...rules],
    async ({ url }) => {
      const answer = await sendRaw(url, [`${line} HTTP/1.1`])
      expect(answer).toMatch(/^HTTP\/1.1 403 /)
      if (!line.startsWith('HEAD')) expect(answer).toContain('"code":"NOT_ALLOWED"')
    },
    { env },
  )
  expect(provider.requests).toEqual([])
  expect(JSON.parse(stderr)).toMatchObject({ level: 'warn', status: 403, code: 'NOT_ALLOWED' })
  expect(JSON.parse(stderr)).not.toHaveProperty('upstream')
})

test.each(['GET /v1/../admin', 'GET /v1/%2e%2e/admin', 'GET /v1/.%2E/admin', 'GET /v1\\..\\admin'])(
  '%s is answered 400: the path would change on the way',
  async (line) => {
    await using provider = await startRecordingServer()
    await withProxy(
      ['cdata', '--base-url', provider.url, ...rules],
      async ({ url }) => expect(await sendRaw(url, [`${line} HTTP/1.1`])).toMatch(/^HTTP\/1.1 400 /),
      { env },
    )
    expect(provider.requests).toEqual([])
  },
)

test.each([
  'X-HTTP-Method-Override: DELETE',
  'x-http-method: DELETE',
  'X_HTTP_METHOD_OVERRIDE: DELETE',
  'X-Original-Method: DELETE',
  'X-Original-URL: /admin',
])('a header that changes what is asked for is not allowed: %s', async (header) => {
  await using provider = await startRecordingServer()
  const base = ['cdata', '--base-url', provider.url]
  const head = ['GET /v1/x HTTP/1.1', header]
  await withProxy(
    [...base, ...rules],
    async ({ url }) => expect(await sendRaw(url, head)).toMatch(/^HTTP\/1.1 403 [\s\S]*NOT_ALLOWED/),
    { env },
  )
  expect(provider.requests).toEqual([])
  await withProxy(base, async ({ url }) => expect(await sendRaw(url, head)).toMatch(/^HTTP\/1.1 200 /), {
    env,
  })
})

test('the answer names what is allowed', async () => {
  await withProxy(
    ['cdata', '--environment', 'emulator', ...rules],
    async ({ url, pass }) => {
      const { body } = await send(`${url}/admin`, { headers: pass })
      expect(JSON.parse(body).message).toBe(
        'This request is not allowed. Allowed: GET /v1/*, POST,PUT /v2/cards/{id}/lock, * /ping.',
      )
    },
    { env },
  )
})

test('rules for one mount are for that mount, with the paths of its provider', async () => {
  await using provider = await startRecordingServer()
  const given = {
    ...env,
    COUNTERSIGN_CDATA_BASE_URL: provider.url,
    COUNTERSIGN_UTGL_BASE_URL: `${provider.url}/v1`,
  }
  const argv = ['--mount', '/a=cdata', '--mount', '/b=utgl', '--mount', ':0/c=cdata']
  const allow = ['--allow', '/a=GET /only-a', '--allow', 'GET /both', '--allow', ':0/c=GET /x/{y}']
  await withProxy(
    [...argv, ...allow],
    async ({ url, pass, mounts = [] }) => {
      const third = mounts.find(({ mount }) => mount === ':0/c')?.url
      const status = async (address: string) => (await send(address, { headers: pass })).status
      expect(await status(`${url}/a/only-a`)).toBe(200)
      expect(await status(`${url}/a/both`)).toBe(200)
      expect(await status(`${url}/b/both`)).toBe(200)
      expect(await status(`${third}/x/1`)).toBe(200)
      expect(await status(`${url}/b/only-a`)).toBe(403)
      expect(await status(`${url}/b/a/only-a`)).toBe(403)
      expect(await status(`${url}/a/x/1`)).toBe(403)
    },
    { env: given },
  )
  expect(provider.requests).toHaveLength(4)
})

test.each([
  'GET',
  '/v1/*',
  'GET v1',
  'GET /v1/*/x',
  'GET /v1/x*',
  'GET /v1/{a}{b}',
  'GET /v1?x=1',
  'GET /v1//x',
  'GET /v1/../x',
  'GET /v1/%2fx',
  'GET /v1/a b',
  'GET /v1/;x',
  'GET;POST /v1',
])('--allow %s is a usage error', async (rule) => {
  const argv = ['proxy', 'cdata', '--environment', 'emulator', '--allow', rule]
  const { stdout, stderr, exitCode } = await runCommand(argv)
  expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 })
  expect(stderr).toMatch(/--allow/)
})

test('--allow for a place that nothing is mounted at is a usage error', async () => {
  const argv = ['proxy', 'cdata', '--environment', 'emulator', '--allow', '/eu=GET /v1/*']
  const { stderr, exitCode } = await runCommand(argv)
  expect(exitCode).toBe(2)
  expect(stderr).toContain('--allow names the place /eu, and nothing is mounted there')
})

test('a client needs only another base URL: it ends in the path of the production one', async () => {
  const argv = [
    '--mount',
    '/eu=utgl',
    '--mount',
    ':0=cdata',
    '--mount',
    '/=speeda',
    '--environment',
    'emulator',
  ]
  await withProxy(argv, async ({ url, mounts = [], pass }) => {
    const own = mounts.find(({ mount }) => mount === ':0')?.url
    expect(mounts.map(({ baseUrl }) => baseUrl)).toEqual([`${url}/eu/v1`, `${own}/api`, url])
    expect((await send(`${url}/eu/v1/ping`, { headers: pass })).status).toBe(200)
  })
  await withProxy(['utgl', '--environment', 'emulator'], async ({ url, baseUrl }) => {
    expect(baseUrl).toBe(`${url}/v1`)
  })
})

test('what a provider serves at another origin is under its production path, at the documented address only', async () => {
  const called: string[] = []
  const answer = async (input: string | URL | Request) => {
    called.push(String(input instanceof Request ? input.url : input))
    return new Response('{}')
  }
  const { stderr } = await withProxy(
    ['cdata'],
    async ({ url, pass }) => {
      for (const path of ['/api/poweredby/account/list', '/mcp', '/mcp/connections/1', '/mcp-x'])
        expect((await send(`${url}${path}`, { headers: pass })).status).toBe(200)
    },
    { fetch: answer },
  )
  expect(called).toEqual([
    'https://cloud.cdata.com/api/poweredby/account/list',
    'https://mcp.cloud.cdata.com/mcp',
    'https://mcp.cloud.cdata.com/mcp/connections/1',
    'https://cloud.cdata.com/mcp-x',
  ])
  const upstreams = stderr
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { upstream: string }).upstream)
  expect(upstreams).toEqual(called.map((address) => new URL(address).origin))
  await using provider = await startRecordingServer()
  await withProxy(['cdata', '--base-url', `${provider.url}/api`], async ({ url, pass }) => {
    expect((await send(`${url}/mcp`, { headers: pass })).status).toBe(200)
  })
  expect(provider.requests[0]?.target).toBe('/mcp')
})

test('a socket takes the file of the variable as its secret too', async () => {
  await using scratch = await createScratch()
  const file = await scratch.file('secret', 'short')
  const argv = ['proxy', 'cdata', '--environment', 'emulator', '--socket', join(scratch.path, 's')]
  const { stderr, exitCode } = await runCommand(argv, { env: { COUNTERSIGN_PROXY_SECRET_FILE: file } })
  expect(exitCode).toBe(2)
  expect(stderr).toContain('The secret of COUNTERSIGN_PROXY_SECRET_FILE must be 16 to 1024')
})
