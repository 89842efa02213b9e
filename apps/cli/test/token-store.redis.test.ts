import { once } from 'node:events'
import { rename } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { expect, test } from 'vitest'
import { startRedis } from '../../../tools/redis-servers.ts'
import { runCommand } from './run-command.ts'
import { startProcess } from './run-process.ts'
import { createFixture } from './token-store-fixture.ts'
import { send, withProxy } from './with-proxy.ts'

test('commands share one exchange through the store, and what it holds is sealed', async () => {
  const redis = await startRedis()
  try {
    await using fixture = await createFixture()
    const store = ['--token-store', redis.url]
    const first = await runCommand(['token', 'speeda', ...fixture.flags, ...store], { env: fixture.env })
    expect(first.exitCode).toBe(0)
    const second = await runCommand(['token', 'speeda', ...fixture.flags], {
      env: { ...fixture.env, COUNTERSIGN_TOKEN_STORE: redis.url },
    })
    expect(second.stdout).toBe(first.stdout)
    const request = [
      'request',
      'speeda',
      'private-company/v1/companies?country=KOR',
      ...fixture.flags,
      ...store,
    ]
    expect(await runCommand(request, { env: fixture.env })).toMatchObject({ exitCode: 0 })
    const exec = ['exec', 'speeda', ...fixture.flags, ...store, '--', 'true']
    expect(await runCommand(exec, { env: fixture.env })).toMatchObject({ exitCode: 0 })
    expect(fixture.exchanges()).toBe(1)
    const forced = await runCommand(['token', 'speeda', ...fixture.flags, ...store, '--force'], {
      env: fixture.env,
    })
    expect(forced.exitCode).toBe(0)
    expect(forced.stdout).not.toBe(first.stdout)
    expect(fixture.exchanges()).toBe(2)
    const [name = ''] = (await redis.command('KEYS', '*:t')).split('\n')
    const held = await redis.command('HGETALL', name)
    for (const { stdout } of [first, forced]) expect(held).not.toContain(stdout.trim().slice(0, 16))
  } finally {
    await redis.end()
  }
})

test('a password comes from a file, and a wrong one costs the sharing and not the token', async () => {
  const redis = await startRedis({ config: { requirepass: 'hunter2-of-redis' } })
  try {
    await using fixture = await createFixture()
    const argv = ['token', 'speeda', ...fixture.flags, '--token-store', redis.url]
    const file = await fixture.scratch.file('password', 'hunter2-of-redis\n')
    const env = { ...fixture.env, COUNTERSIGN_TOKEN_STORE_PASSWORD_FILE: file }
    expect(await runCommand(argv, { env })).toMatchObject({ exitCode: 0, stderr: '' })
    expect(await runCommand(argv, { env })).toMatchObject({ exitCode: 0, stderr: '' })
    expect(fixture.exchanges()).toBe(1)
    const wrong = { ...fixture.env, COUNTERSIGN_TOKEN_STORE_PASSWORD: 'hunter3-of-redis' }
    const outcome = await runCommand(argv, { env: wrong })
    expect(outcome.exitCode).toBe(0)
    expect(outcome.stderr.replace(/\s+/g, ' ')).toContain('The token store refuses the password (WRONGPASS)')
    expect(outcome.stderr.match(/WRONGPASS/g)).toHaveLength(1)
    expect(outcome.stderr).not.toContain('hunter')
    expect(fixture.exchanges()).toBe(2)
  } finally {
    await redis.end()
  }
})

test('logout removes the token that processes share', async () => {
  const redis = await startRedis()
  try {
    await using fixture = await createFixture()
    const call = (name: string) =>
      runCommand([name, 'speeda', ...fixture.flags, '--token-store', redis.url], { env: fixture.env })
    const first = await call('token')
    expect((await call('logout')).stdout).toMatch(
      /^speeda: a token that ends .* is removed from the token store\.\n$/,
    )
    expect(await call('logout')).toEqual({ stdout: 'speeda: no token is kept.\n', stderr: '', exitCode: 0 })
    expect((await call('token')).stdout).not.toBe(first.stdout)
    expect(fixture.exchanges()).toBe(2)
  } finally {
    await redis.end()
  }
})

test('a store that is down costs the sharing and not the token', async () => {
  await using fixture = await createFixture()
  const argv = ['token', 'speeda', ...fixture.flags, '--token-store', 'redis://127.0.0.1:1']
  const outcome = await runCommand(argv, { env: fixture.env })
  expect(outcome.exitCode).toBe(0)
  expect(outcome.stderr.replace(/\s+/g, ' ')).toContain('cannot be reached (ECONNREFUSED)')
  for (const kind of ['redis+cluster://127.0.0.1:1,127.0.0.1:2', 'redis+sentinel://127.0.0.1:1/main']) {
    const argv = ['token', 'speeda', ...fixture.flags, '--token-store', kind]
    expect(await runCommand(argv, { env: fixture.env }), kind).toMatchObject({ exitCode: 0 })
  }
})

test('a store that does not answer is named, and keeps a command no longer than its connection', async () => {
  const silent = createServer()
  silent.listen(0, '127.0.0.1')
  await once(silent, 'listening')
  try {
    await using fixture = await createFixture()
    const { port } = silent.address() as AddressInfo
    const argv = ['token', 'speeda', ...fixture.flags, '--token-store', `redis://127.0.0.1:${port}`]
    const outcome = await runCommand(argv, { env: fixture.env })
    expect(outcome.exitCode).toBe(0)
    expect(outcome.stderr.replace(/\s+/g, ' ')).toContain('The token store does not answer')
  } finally {
    silent.close()
  }
})

test('two proxies share one exchange, and go on while the store is killed and started again', async () => {
  let redis = await startRedis()
  await using fixture = await createFixture()
  const env = { ...fixture.env, COUNTERSIGN_PROXY_SECRET: 'the-secret-of-this-proxy' }
  const argv = ['proxy', 'speeda', '--json', '--port', '0', ...fixture.flags, '--token-store', redis.url]
  const children = [startProcess(argv, env), startProcess(argv, env)]
  try {
    const logs = children.map((child) => {
      const lines: string[] = []
      child.stderr.setEncoding('utf8').on('data', (text) => lines.push(text))
      const until = async (part: string) => {
        while (!lines.join('').includes(part)) await once(child.stderr, 'data')
      }
      return { until }
    })
    const urls = await Promise.all(
      children.map(async (child) => JSON.parse(String((await once(child.stdout, 'data'))[0])).url as string),
    )
    const ask = async (url = '') => {
      const headers = { 'x-countersign-secret': 'the-secret-of-this-proxy' }
      return (await send(`${url}/private-company/v1/companies?country=KOR`, { headers })).status
    }
    expect([await ask(urls[0]), await ask(urls[1])]).toEqual([200, 200])
    expect(fixture.exchanges()).toBe(1)
    const { port, folder } = redis
    await redis.kill()
    for (const { until } of logs) await until('"event":"store.unreachable"')
    expect([await ask(urls[0]), await ask(urls[1])]).toEqual([200, 200])
    redis = await startRedis({ port, folder })
    for (const { until } of logs) await until('"event":"store.reachable"')
    expect([await ask(urls[0]), await ask(urls[1])]).toEqual([200, 200])
    for (const child of children) {
      child.kill('SIGTERM')
      expect(await once(child, 'exit')).toEqual([0, null])
    }
  } finally {
    for (const child of children) child.kill('SIGKILL')
    await redis.end()
  }
})

test('a proxy counts what its store fails to do', async () => {
  await using fixture = await createFixture()
  const argv = ['speeda', ...fixture.flags, '--token-store', 'redis://127.0.0.1:1']
  await withProxy(
    argv,
    async ({ url, pass }) => {
      const headers = pass
      const { status } = await send(`${url}/private-company/v1/companies?country=KOR`, { headers })
      expect(status).toBe(200)
      const { body } = await send(`${url}/metrics`, { headers })
      const [, count] = /store_failures_total\{provider="speeda",reason="error"\} (\d+)/.exec(body) ?? []
      expect(Number(count)).toBeGreaterThan(0)
    },
    { env: { ...fixture.env, COUNTERSIGN_SPEEDA_PRIVATE_KEY: '', COUNTERSIGN_SPEEDA_CLIENT_ID: '' } },
  )
})

/** A proxy with its own process, and its log. */
async function startProxy(argv: readonly string[], env: Readonly<Record<string, string>>) {
  const secret = 'the-secret-of-this-proxy'
  const child = startProcess(['proxy', 'speeda', '--json', '--port', '0', ...argv], {
    ...env,
    COUNTERSIGN_PROXY_SECRET: secret,
  })
  let log = ''
  child.stderr.setEncoding('utf8').on('data', (text) => {
    log += text
  })
  const [announced] = await once(child.stdout, 'data')
  const { url } = JSON.parse(String(announced))
  return {
    child,
    log: () => log,
    async until(part: string) {
      while (!log.includes(part)) await once(child.stderr, 'data')
    },
    async ask() {
      const headers = { 'x-countersign-secret': secret }
      return (await send(`${url}/private-company/v1/companies?country=KOR`, { headers })).status
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
    },
  }
}

test('a proxy follows the files with the keys and the password of its store, and reads them on SIGHUP', async () => {
  const redis = await startRedis({ config: { requirepass: 'hunter2-of-redis' } })
  try {
    await using fixture = await createFixture()
    const { COUNTERSIGN_TOKEN_STORE_KEYS: first, ...env } = fixture.env
    const second = Buffer.alloc(32, 8).toString('base64')
    const keys = await fixture.scratch.file('keys', first)
    const password = await fixture.scratch.file('password', 'hunter1-of-redis')
    const replace = async (path: string, content: string) =>
      rename(await fixture.scratch.file('new', content), path)
    const store = ['--token-store', redis.url]
    await using proxy = await startProxy([...fixture.flags, ...store], {
      ...env,
      COUNTERSIGN_TOKEN_STORE_KEYS_FILE: keys,
      COUNTERSIGN_TOKEN_STORE_PASSWORD_FILE: password,
    })
    await proxy.until('"event":"store.unreachable","code":"WRONGPASS"')
    proxy.child.kill('SIGHUP')
    await proxy.until('"event":"store-secrets.unchanged"')
    await replace(keys, 'not a key')
    await proxy.until('"event":"store-secrets.kept"')
    await replace(keys, second)
    await proxy.until('"event":"store-secrets.replaced"')
    await replace(password, 'hunter2-of-redis')
    await proxy.until('"event":"store.reachable"')
    expect(await proxy.ask()).toBe(200)
    const outcome = await runCommand(['token', 'speeda', ...fixture.flags, ...store], {
      env: {
        ...env,
        COUNTERSIGN_TOKEN_STORE_KEYS: second,
        COUNTERSIGN_TOKEN_STORE_PASSWORD: 'hunter2-of-redis',
      },
    })
    expect(outcome).toMatchObject({ stderr: '', exitCode: 0 })
    expect(fixture.exchanges()).toBe(1)
    for (const secret of ['hunter', first, second]) expect(proxy.log()).not.toContain(secret)
  } finally {
    await redis.end()
  }
})
