import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { link, stat } from 'node:fs/promises'
import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { join } from 'node:path'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createScratch, runCommand } from './run-command.ts'
import { send, withProxy } from './with-proxy.ts'

const emulated = ['utgl', '--environment', 'emulator']

test('a stopped proxy takes nothing new, finishes what runs, and exits 0', async () => {
  const arrived = Promise.withResolvers<ServerResponse>()
  const provider = createServer((_incoming, outgoing) => arrived.resolve(outgoing)).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const { exitCode } = await withProxy(['cdata', '--base-url', baseUrl], async ({ url, pass, stop }) => {
    const running = send(`${url}/slow`, { headers: pass })
    const outgoing = await arrived.promise
    stop()
    const { port } = new URL(url)
    // Refused as soon as the proxy has heard it; until then an idle connection is closed.
    for (let refused = false; !refused; ) {
      const late = connect(Number(port), '127.0.0.1')
      refused = await once(late, 'connect').then(
        () => false,
        () => true,
      )
      late.destroy()
    }
    outgoing.end('done')
    expect(await running).toMatchObject({ status: 200, body: 'done' })
  })
  provider.close()
  expect(exitCode).toBe(0)
})

test('what does not finish in time is broken off', async () => {
  const arrived = Promise.withResolvers<void>()
  await using provider = await startRecordingServer(() => {
    arrived.resolve()
    return { hang: true }
  })
  let running: Promise<unknown> | undefined
  const outcome = await withProxy(
    ['cdata', '--base-url', provider.url],
    async ({ url, pass }) => {
      running = send(`${url}/slow`, { headers: pass })
      running.catch(() => undefined)
      await arrived.promise
    },
    { graceMs: 5 },
  )
  await expect(running).rejects.toThrow('hang up')
  expect(outcome.exitCode).toBe(0)
})

test('they are where probes ask, too, behind the same secret', async () => {
  await withProxy(emulated, async ({ url, pass }) => {
    // What probes ask everywhere is answered without the prefix, too, and behind the same secret.
    for (const path of ['/healthz', '/readyz', '/metrics']) {
      expect((await send(`${url}${path}`, { headers: pass })).body).toContain(
        path === '/metrics' ? '# HELP' : 'status',
      )
      expect((await send(`${url}${path}`)).status).toBe(401)
    }
    // Every other path is the provider's.
    for (const path of ['/health', '/healthz/deep', '/v1/metrics'])
      expect((await send(`${url}${path}`, { headers: pass })).headers).toHaveProperty('x-request-id')
  })
})

test('health, readiness and metrics are under a prefix of their own, behind the secret', async () => {
  await withProxy(emulated, async ({ url, pass }) => {
    const ask = (path: string, headers = pass) => send(`${url}/_countersign${path}`, { headers })
    expect((await ask('/healthz', {})).status).toBe(401)
    expect(await ask('/healthz')).toMatchObject({ status: 200, body: '{"status":"up"}' })
    expect(await ask('/readyz')).toMatchObject({ status: 200, body: '{"status":"ready"}' })
    expect((await ask('/other')).status).toBe(404)
    expect((await send(`${url}/_countersign/healthz`, { method: 'POST', headers: pass })).status).toBe(405)
    // Any other path, whatever its name, is the provider's.
    expect((await send(`${url}/health`, { headers: pass })).headers).toHaveProperty('x-request-id')
    const { headers, body } = await ask('/metrics')
    expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(body).toContain('countersign_proxy_requests_total{provider="utgl",method="GET",status="401"} 1\n')
    expect(body).toContain('countersign_proxy_in_flight_requests{provider="utgl"} 1\n')
    expect(body).toMatch(/_duration_seconds_bucket\{provider="utgl",le="\+Inf"\} 6\n/)
  })
})

test('--admin-port serves them under their usual names, and nothing else', async () => {
  const argv = ['speeda', '--environment', 'emulator', '--admin-port', '0']
  await withProxy(argv, async ({ adminUrl = '', pass, url }) => {
    expect((await send(`${adminUrl}/readyz`)).status).toBe(200)
    const answer = await send(`${url}/private-company/v1/companies?country=KOR`, { headers: pass })
    expect(answer.status).toBe(200)
    const { body } = await send(`${adminUrl}/metrics`)
    expect(body).toContain('countersign_proxy_tokens_total{provider="speeda",event="acquired"} 1\n')
    expect((await send(`${adminUrl}/private-company/v1/companies`)).status).toBe(404)
    expect((await send(`${adminUrl}/metrics`, { headers: { host: 'rebound.example' } })).status).toBe(403)
  })
})

test('who gets no token is not ready, and says why', async () => {
  await using provider = await startRecordingServer(() => ({
    status: 401,
    body: '{"error":"invalid_client"}',
  }))
  const argv = ['speeda', '--base-url', provider.url, '--admin-port', '0']
  await withProxy(argv, async ({ adminUrl = '' }) => {
    const { status, body } = await send(`${adminUrl}/readyz`)
    expect([status, JSON.parse(body).code]).toEqual([503, 'TOKEN_REQUEST_REJECTED'])
    expect((await send(`${adminUrl}/healthz`)).status).toBe(200)
    expect((await send(`${adminUrl}/metrics`)).body).toContain('event="failed"} 1\n')
  })
})

test('a failed probe is not tried again for 10 s, and probes at one time share a try', async () => {
  let refused = true
  await using provider = await startRecordingServer(() =>
    refused
      ? { status: 503, body: '{"error":"busy"}' }
      : { body: '{"access_token":"a","token_type":"Bearer","expires_in":300}' },
  )
  let now = 1_800_000_000_000
  const argv = ['speeda', '--base-url', provider.url, '--admin-port', '0']
  await withProxy(
    argv,
    async ({ adminUrl = '' }) => {
      const probe = async () => (await send(`${adminUrl}/readyz`)).status
      expect(await Promise.all([probe(), probe(), probe()])).toEqual([503, 503, 503])
      const once = provider.requests.length
      now += 9999
      expect([await probe(), provider.requests.length]).toEqual([503, once])
      now += 1
      expect([await probe(), provider.requests.length]).toEqual([503, 2 * once])
      now -= 60_000
      refused = false
      expect(await probe()).toBe(200)
    },
    { clock: { now: () => now } },
  )
})

test('the log is JSON, one line per request, without query or secrets; --quiet silences it', async () => {
  const { stderr, stdout } = await withProxy(emulated, async ({ url, pass }) => {
    await send(`${url}/v1/ping?card=4000`, { headers: pass })
    await send(`${url}/v1/ping`, { headers: { 'x-countersign-secret': 'not-the-secret' } })
  })
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines).toMatchObject([
    { provider: 'utgl', method: 'GET', path: '/v1/ping', status: 200, durationMs: expect.any(Number) },
    { level: 'warn', status: 401, code: 'SECRET_WRONG', time: expect.stringMatching(/Z$/) },
  ])
  expect(stderr).not.toMatch(/4000|not-the-secret|eyJ/)
  expect(stderr).not.toContain(JSON.parse(stdout).secret)
  const quiet = await withProxy([...emulated, '--quiet'], async ({ url, pass }) => {
    await send(`${url}/v1/ping`, { headers: pass })
  })
  expect(quiet.stderr).toBe('')
})

test('people see the address on stdout and the made secret once on stderr, even with --quiet', async () => {
  const outcome = await runCommand(['proxy', ...emulated, '--port', '0', '--quiet'], {
    untilStopped: async () => undefined,
  })
  expect(outcome.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\n$/)
  expect(outcome.stderr).toMatch(/^X-Countersign-Secret: [\w-]{43}\n$/)
})

test("a secret of the caller's own, from file or variable, is not printed", async () => {
  await using scratch = await createScratch()
  const secret = 'a-secret-of-the-file'
  const file = await scratch.file('secret', `${secret}\n`)
  const env = { COUNTERSIGN_PROXY_SECRET: 'one-of-the-variable' }
  const status = async (url: string, shown: string) =>
    (await send(`${url}/v1/ping`, { headers: { 'x-countersign-secret': shown } })).status
  const fromFile = await withProxy(
    [...emulated, '--secret-file', file],
    async ({ url }) => {
      expect([await status(url, secret), await status(url, env.COUNTERSIGN_PROXY_SECRET)]).toEqual([200, 401])
    },
    { env },
  )
  const fromVariable = await withProxy(
    emulated,
    async ({ url }) => expect(await status(url, env.COUNTERSIGN_PROXY_SECRET)).toBe(200),
    { env },
  )
  for (const { stdout, stderr } of [fromFile, fromVariable]) {
    expect(Object.keys(JSON.parse(stdout))).toEqual(['url', 'baseUrl', 'secretHeader'])
    expect(stdout + stderr).not.toMatch(/a-secret-of|one-of-the/)
  }
})

test('a socket is for its owner alone, needs no secret, and goes with the proxy', async () => {
  await using scratch = await createScratch()
  const path = join(scratch.path, 'proxy.sock')
  await withProxy([...emulated, '--socket', path], async ({ url, socket }) => {
    expect(socket).toBe(path)
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    const headers = { host: 'any-name' }
    expect((await send(`${url}/v1/ping`, { socketPath: path, headers })).status).toBe(200)
    const second = await runCommand(['proxy', ...emulated, '--socket', path])
    expect(second).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('in use') })
  })
  await expect(stat(path)).rejects.toThrow('ENOENT')
})

test('a socket is closed to others from the moment it exists', async () => {
  await using scratch = await createScratch()
  const path = join(scratch.path, 'proxy.sock')
  const modes: number[] = []
  const look = () => {
    const there = statSync(path, { throwIfNoEntry: false })
    if (there !== undefined) modes.push(there.mode & 0o777)
  }
  subscribe('tracing:net.server.listen:asyncEnd', look)
  const mask = process.umask(0)
  try {
    await withProxy([...emulated, '--socket', path], async () => expect(process.umask()).toBe(0))
  } finally {
    process.umask(mask)
    unsubscribe('tracing:net.server.listen:asyncEnd', look)
  }
  expect(modes).toEqual([0o600])
})

test('a socket that a dead process left behind is taken over', async () => {
  await using scratch = await createScratch()
  const path = join(scratch.path, 'proxy.sock')
  const former = createServer().listen(join(scratch.path, 'former.sock'))
  await once(former, 'listening')
  // A second name outlives the server, as the only one does when its process is killed.
  await link(join(scratch.path, 'former.sock'), path)
  await new Promise((resolve) => former.close(resolve))
  await withProxy([...emulated, '--socket', path], async ({ url }) => {
    expect((await send(`${url}/v1/ping`, { socketPath: path })).status).toBe(200)
  })
})

test('a file that is not a socket is left alone', async () => {
  await using scratch = await createScratch()
  const path = await scratch.file('notes.txt', 'mine')
  const outcome = await runCommand(['proxy', ...emulated, '--socket', path])
  expect(outcome).toMatchObject({ exitCode: 2, stdout: '', stderr: expect.stringContaining('not a socket') })
  expect((await stat(path)).size).toBe(4)
})

test.each([
  [['nobody'], 2, 'Providers:'],
  [['utgl'], 2, '--access-key (COUNTERSIGN_UTGL_ACCESS_KEY)'],
  [[...emulated, '--port', '70000'], 2, '--port must be'],
  [[...emulated, '--port', '1', '--socket', 'a.sock'], 2, 'cannot be used together'],
  [[...emulated, '--max-body-bytes', '0'], 2, '--max-body-bytes'],
  [[...emulated, '--secret-file', '/nowhere/secret'], 2, 'ENOENT'],
  [[...emulated, '--socket', '/nowhere/a.sock'], 2, 'cannot be created'],
])('proxy %j exits %i', async (argv, exitCode, words) => {
  const outcome = await runCommand(['proxy', ...argv])
  expect(outcome).toMatchObject({ stdout: '', exitCode, stderr: expect.stringContaining(words) })
})

test('a short secret exits 2, an invalid key exits 3, a port that is taken exits 2', async () => {
  const short = await runCommand(['proxy', ...emulated], { env: { COUNTERSIGN_PROXY_SECRET: 'short' } })
  expect(short).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining('16 to 1024') })
  expect(short.stderr).not.toContain('short')
  const env = { COUNTERSIGN_UTGL_ACCESS_KEY: 'a', COUNTERSIGN_UTGL_PRIVATE_KEY: 'no key' }
  const key = await runCommand(['proxy', 'utgl'], { env })
  expect(key).toMatchObject({ stdout: '', exitCode: 3, stderr: expect.stringContaining('KEY_MALFORMED') })
  await withProxy(emulated, async ({ url }) => {
    const taken = await runCommand(['proxy', ...emulated, '--port', new URL(url).port])
    expect(taken).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining('is taken') })
  })
})
