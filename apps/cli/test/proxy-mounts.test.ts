import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { join } from 'node:path'
import { decodeJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createProfiles } from './create-profiles.ts'
import { createScratch, runCommand } from './run-command.ts'
import { type RunningProxy, send, withProxy } from './with-proxy.ts'

const emulator = ['--environment', 'emulator']
const tokenResponse = { body: JSON.stringify({ access_token: 'token-1', expires_in: 300 }) }

/** The address of a mount. */
function at({ mounts = [] }: RunningProxy, name: string): string {
  return mounts.find(({ mount }) => mount === name)?.url ?? 'nowhere'
}

test('several providers are under the paths of their names, each with its own proof and origin', async () => {
  await using speeda = await startRecordingServer(({ target }) =>
    target.endsWith('token') ? tokenResponse : {},
  )
  await using utgl = await startRecordingServer()
  const env = { COUNTERSIGN_SPEEDA_BASE_URL: speeda.url, COUNTERSIGN_UTGL_BASE_URL: `${utgl.url}/v1` }
  await withProxy(
    ['speeda', 'utgl'],
    async (proxy) => {
      expect(proxy.mounts).toEqual([
        { mount: '/speeda', provider: 'speeda', url: `${proxy.url}/speeda`, baseUrl: `${proxy.url}/speeda` },
        { mount: '/utgl', provider: 'utgl', url: `${proxy.url}/utgl`, baseUrl: `${proxy.url}/utgl/v1` },
      ])
      const status = async (path: string) => (await send(proxy.url + path, { headers: proxy.pass })).status
      expect(await status('/speeda/a/b?country=KOR')).toBe(200)
      expect(await status('/utgl/v1/ping?a=%7e&b=')).toBe(200)
      expect(await status('/utgl//elsewhere.example/x')).toBe(200)
      expect(await status('/utgl')).toBe(200)
    },
    { env },
  )
  expect(speeda.requests.map(({ target }) => target).filter((target) => !target.endsWith('token'))).toEqual([
    '/a/b?country=KOR',
  ])
  expect(speeda.requests.at(-1)?.header('authorization')).toBe('Bearer token-1')
  expect(utgl.requests.map(({ target }) => target)).toEqual([
    '/v1/ping?a=%7e&b=',
    '//elsewhere.example/x',
    '/',
  ])
  const token = utgl.requests[0]?.header('authorization')?.replace('Bearer ', '') ?? ''
  expect(decodeJwt(token).claims).toMatchObject({ uri: '/v1/ping?a=%7e&b=' })
})

test('a path of no mount is answered 404, and only to those who show the secret', async () => {
  const { stderr } = await withProxy(['speeda', 'utgl', ...emulator], async ({ url, pass }) => {
    const ask = (path: string, headers = pass) => send(`${url}${path}`, { headers })
    for (const path of ['/', '/v1/ping', '/utglx/v1/ping', '/%75tgl/v1/ping', '/UTGL/v1/ping']) {
      const { status, body } = await ask(path)
      expect([status, JSON.parse(body).message]).toEqual([
        404,
        'There is no provider at this path. Paths: /speeda/, /utgl/',
      ])
    }
    expect((await ask('/v1/ping', {})).status).toBe(401)
  })
  const lines = stderr.trim().split('\n')
  expect(lines).toHaveLength(6)
  for (const line of lines) expect(JSON.parse(line)).not.toHaveProperty('provider')
})

test('profiles are mounted by path and by port, beside each other', async () => {
  await using eu = await startRecordingServer()
  await using us = await startRecordingServer()
  await using profiles = await createProfiles(
    ['eu', 'us']
      .map(
        (name) => `[profiles.${name}]
provider = "cdata"
accountId = "account-${name}"
privateKey = "key.pem"
baseUrl = "${(name === 'eu' ? eu : us).url}/api"
`,
      )
      .join('\n'),
  )
  await profiles.file('key.pem', fixedKeys.rsa2048.privateKey)
  const env = { ...profiles.env, COUNTERSIGN_CDATA_ACCOUNT_ID: '', COUNTERSIGN_CDATA_PRIVATE_KEY: '' }
  const argv = ['--mount', '/eu=cdata:eu', '--mount', ':0=cdata:us', '--mount', ':0/deep/er=utgl']
  await withProxy(
    argv,
    async (proxy) => {
      expect(proxy.mounts).toMatchObject([
        { mount: '/eu', provider: 'cdata', profile: 'eu', url: `${proxy.url}/eu` },
        { mount: ':0', profile: 'us' },
        { mount: ':0/deep/er', provider: 'utgl', url: `${at(proxy, ':0')}/deep/er` },
      ])
      const get = async (url: string) => (await send(url, { headers: proxy.pass })).status
      expect(await get(`${at(proxy, '/eu')}/api/query`)).toBe(200)
      expect(await get(`${at(proxy, ':0')}/api/tables`)).toBe(200)
      expect(await get(`${proxy.url}/api/tables`)).toBe(404)
      expect((await send(`${at(proxy, ':0')}/api/tables`)).status).toBe(401)
    },
    { env: { ...env, COUNTERSIGN_UTGL_BASE_URL: `${eu.url}/v1` } },
  )
  const issuers = [eu, us].map(({ requests }) =>
    requests.map(({ target, header }) => [
      target,
      decodeJwt(header('authorization')?.replace('Bearer ', '') ?? '').claims['iss'],
    ]),
  )
  expect(issuers).toEqual([[['/api/query', 'account-eu']], [['/api/tables', 'account-us']]])
})

test('the longest path wins, and / is everything else', async () => {
  const argv = ['--mount', '/=utgl', '--mount', '/utgl/two=cdata', ...emulator]
  const { stderr } = await withProxy(argv, async ({ url, pass }) => {
    expect((await send(`${url}/v1/ping`, { headers: pass })).status).toBe(200)
    await send(`${url}/utgl/two/api/x`, { headers: pass })
    await send(`${url}/utgl/twofold`, { headers: pass })
  })
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.map(({ provider, mount, path }) => [provider, mount, path])).toEqual([
    ['utgl', '/', '/v1/ping'],
    ['cdata', '/utgl/two', '/utgl/two/api/x'],
    ['utgl', '/', '/utgl/twofold'],
  ])
})

test('one mount alone keeps its path, and takes flags', async () => {
  await using provider = await startRecordingServer()
  const argv = ['--mount', '/my/utgl=utgl', '--base-url', `${provider.url}/v1`, '--access-key', 'of-the-flag']
  await withProxy(argv, async ({ url, pass }) => {
    expect((await send(`${url}/my/utgl/v1/ping`, { headers: pass })).status).toBe(200)
    expect((await send(`${url}/v1/ping`, { headers: pass })).status).toBe(404)
  })
  expect(provider.requests.map(({ target }) => target)).toEqual(['/v1/ping'])
})

test('counts, health and readiness are of each listener, and of all at the admin port', async () => {
  await using refusing = await startRecordingServer(() => ({ status: 401, body: '{"error":"no"}' }))
  const env = { COUNTERSIGN_SPEEDA_BASE_URL: refusing.url }
  const argv = ['speeda', 'utgl', '--mount', ':0=cdata', '--admin-port', '0']
  await withProxy(
    argv,
    async (proxy) => {
      const { url, adminUrl = '', pass } = proxy
      const ask = async (address: string) => {
        const { status, body } = await send(address, { headers: pass })
        return [status, body.startsWith('{') ? JSON.parse(body) : body]
      }
      const failed = { code: 'TOKEN_REQUEST_REJECTED', message: expect.stringMatching(/^speeda: /) }
      const mounts = { '/speeda': { status: 'not ready', ...failed }, '/utgl': { status: 'ready' } }
      expect(await ask(`${url}/_countersign/readyz`)).toEqual([503, { status: 'not ready', mounts }])
      expect(await ask(`${url}/_countersign/readyz/utgl`)).toEqual([200, { status: 'ready' }])
      expect(await ask(`${url}/_countersign/readyz/speeda`)).toEqual([503, failed])
      expect(await ask(`${url}/_countersign/readyz/:0`)).toEqual([404, expect.anything()])
      expect(await ask(`${at(proxy, ':0')}/_countersign/readyz`)).toEqual([
        200,
        { status: 'ready', mounts: { ':0': { status: 'ready' } } },
      ])
      expect(await ask(`${adminUrl}/readyz/:0`)).toEqual([200, { status: 'ready' }])
      expect(await ask(`${adminUrl}/readyz`)).toEqual([
        503,
        { status: 'not ready', mounts: { ...mounts, ':0': { status: 'ready' } } },
      ])
      expect(await ask(`${adminUrl}/healthz`)).toEqual([200, { status: 'up' }])
      await ask(`${url}/speeda/x`)
      const [, text] = await ask(`${url}/_countersign/metrics`)
      expect(text.match(/^# TYPE countersign_proxy_requests_total/gm)).toHaveLength(1)
      const total = 'countersign_proxy_requests_total'
      expect(text).toContain(`${total}{provider="speeda",mount="/speeda",method="GET",status="502"} 1\n`)
      expect(text).toContain(`${total}{provider="",mount="",method="GET",status="404"} 1\n`)
      expect(text).toContain('tokens_total{provider="speeda",mount="/speeda",event="failed"} 2\n')
      expect(text).toContain('_in_flight_requests{provider="utgl",mount="/utgl"} 0\n')
      expect(text).not.toContain('cdata')
      const [, all] = await ask(`${adminUrl}/metrics`)
      for (const provider of ['speeda', 'utgl', 'cdata']) expect(all).toContain(`provider="${provider}"`)
    },
    { env },
  )
})

test('limits are for all mounts or for one', async () => {
  await using provider = await startRecordingServer()
  const env = { COUNTERSIGN_UTGL_BASE_URL: `${provider.url}/v1` }
  const argv = ['utgl', '--mount', '/two=utgl', '--max-body-bytes', '5', '--max-body-bytes', '/two=3']
  await withProxy(
    argv,
    async ({ url, pass }) => {
      const post = async (path: string) =>
        (await send(`${url}${path}`, { method: 'POST', headers: pass, body: '1234' })).status
      expect([await post('/utgl/v1/x'), await post('/two/v1/x')]).toEqual([200, 413])
    },
    { env },
  )
  expect(provider.requests).toHaveLength(1)
})

test('on a socket the paths are the same; a port beside it needs the secret that the socket does not', async () => {
  await using scratch = await createScratch()
  const socketPath = join(scratch.path, 'proxy.sock')
  const argv = ['speeda', 'utgl', '--mount', ':0=cdata', '--socket', socketPath, ...emulator]
  await withProxy(argv, async (proxy) => {
    expect((await send('http://localhost/utgl/v1/ping', { socketPath })).status).toBe(200)
    expect((await send(`${at(proxy, ':0')}/_countersign/healthz`)).status).toBe(401)
    expect((await send(`${at(proxy, ':0')}/_countersign/healthz`, { headers: proxy.pass })).status).toBe(200)
  })
})

test('people get a line for each mount', async () => {
  const argv = ['proxy', 'speeda', '--mount', ':0=utgl', '--port', '0', ...emulator]
  const { stdout, exitCode } = await runCommand(argv, { untilStopped: async () => undefined })
  expect(exitCode).toBe(0)
  expect(stdout).toMatch(/^speeda {2}http:\/\/127\.0\.0\.1:\d+\/speeda\nutgl {2}http:\/\/127\.0\.0\.1:\d+\n$/)
})

test('where every mount has a port of its own, the usual one stays free', async () => {
  await withProxy(
    ['--mount', ':0=utgl', ...emulator],
    async (proxy) => {
      expect(proxy).not.toHaveProperty('url')
      expect((await send(`${at(proxy, ':0')}/v1/ping`, { headers: proxy.pass })).status).toBe(200)
    },
    { ownPorts: true },
  )
})

test('COUNTERSIGN_PROFILE is for the provider that its profile is of', async () => {
  await using profiles = await createProfiles(
    '[profiles.mine]\nprovider = "speeda"\nenvironment = "emulator"\n',
  )
  const env = { ...profiles.env, COUNTERSIGN_PROFILE: 'mine' }
  await withProxy(
    ['speeda', 'utgl'],
    async ({ url, pass }) => {
      const { status } = await send(`${url}/_countersign/readyz`, { headers: pass })
      expect(status).toBe(200)
    },
    { env },
  )
})

test.each([
  [[], 'Name one or more providers. Providers: speeda'],
  [['speeda', 'nobody'], 'Providers: speeda'],
  [['speeda', 'speeda:work'], 'Two providers are mounted at /speeda'],
  [['--mount', 'eu=speeda'], 'A --mount must be PLACE=PROVIDER'],
  [['--mount', '/eu'], 'A --mount must be PLACE=PROVIDER'],
  [['--mount', '=speeda'], 'A --mount must be PLACE=PROVIDER'],
  [['--mount', ':70000=speeda'], 'A --mount must be PLACE=PROVIDER'],
  [['--mount', '/eu=speeda=x'], 'A --mount must be PLACE=PROVIDER'],
  [['--mount', '/eu/=speeda'], 'without a trailing slash'],
  [['--mount', '/a/../b=speeda'], 'The path of a --mount'],
  [['--mount', '/_countersign/x=speeda'], 'The path of a --mount'],
  [['--mount', '/eu=speeda:no name'], 'the name of a profile'],
  [['utgl', '--socket', ''], '--socket needs the path'],
  [['--mount', ':4801=speeda', '--port', '4801'], '--port has nothing to serve'],
  [['--mount', ':4801=speeda', '--socket', 'a.sock'], '--socket has nothing to serve'],
  [['utgl', '--mount', ':4801=speeda', '--port', '4801', ...emulator], 'must differ'],
  [['utgl', 'speeda', '--client-id', 'x'], '--client-id could be meant for any'],
  [['utgl', 'speeda', '--base-url', 'http://127.0.0.1:1'], '--base-url could be meant for any'],
  [['utgl', 'speeda', '--profile', 'x'], '--profile could be meant for any'],
  [['utgl:mine', '--profile', 'x'], 'The profile is given twice'],
  [['utgl', 'speeda', '--client-secret', 'hunter2hunter2'], '--client-secret could be meant'],
  [['utgl', '--timeout', '/utgl=5s'], 'One provider alone has no place'],
  [['utgl', 'speeda', '--timeout', '/eu=5s'], 'Places: /utgl, /speeda.'],
  [['utgl', '--timeout', '0s'], '--timeout must be greater than 0'],
  [['utgl', '--timeout', '6m'], 'at most 5m'],
  [['utgl', '--timeout', 'soon'], '--timeout must be a duration'],
])('proxy %j exits 2', async (argv, words) => {
  const outcome = await runCommand(['proxy', ...argv])
  expect(outcome).toMatchObject({ stdout: '', exitCode: 2, stderr: expect.stringContaining(words) })
  expect(outcome.stderr).not.toContain('hunter2')
})

test('a variable that would make one account out of two profiles is refused', async () => {
  const argv = ['proxy', '--mount', '/eu=speeda:eu', '--mount', '/us=speeda:us']
  const outcome = await runCommand(argv, { env: { COUNTERSIGN_SPEEDA_CLIENT_ID: 'client-1' } })
  expect(outcome).toMatchObject({
    stdout: '',
    exitCode: 2,
    stderr: expect.stringContaining('COUNTERSIGN_SPEEDA_CLIENT_ID overrides every profile, so /eu and /us'),
  })
})

test('a port that is taken ends everything that was begun', async () => {
  const former = createServer().listen(0, '127.0.0.1')
  await once(former, 'listening')
  const free = (former.address() as AddressInfo).port
  await new Promise((resolve) => former.close(resolve))
  await withProxy(['utgl', ...emulator], async ({ url }) => {
    const { port } = new URL(url)
    const argv = ['proxy', 'speeda', '--mount', `:${port}=utgl`, '--port', `${free}`, ...emulator]
    const outcome = await runCommand(argv)
    expect(outcome).toMatchObject({
      stdout: '',
      exitCode: 2,
      stderr: expect.stringContaining(
        `Port ${port} is taken by another program. Choose another with --mount`,
      ),
    })
    await expect(send(`http://127.0.0.1:${free}/`)).rejects.toThrow('ECONNREFUSED')
  })
})
