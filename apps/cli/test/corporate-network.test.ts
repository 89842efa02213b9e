import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { CountersignError } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { describe, expect, test } from 'vitest'
import { chooseProxy } from '../src/network/choose-proxy.ts'
import { createFetch } from '../src/network/create-fetch.ts'
import { createProxiedFetch } from '../src/network/proxied-fetch.ts'
import { runCommand } from './run-command.ts'

const proxyOf = (url: string, env: Record<string, string>) => chooseProxy(new URL(url), env)?.url?.href

describe('the proxy of a call', () => {
  test.each([
    [{ HTTPS_PROXY: 'http://a:1' }, 'http://a:1/'],
    [{ HTTPS_PROXY: 'a:1' }, 'http://a:1/'],
    [{ HTTPS_PROXY: 'https://a:1' }, 'https://a:1/'],
    [{ https_proxy: 'http://b:1', HTTPS_PROXY: 'http://a:1' }, 'http://b:1/'],
    [{ HTTP_PROXY: 'http://c:1', HTTPS_PROXY: 'http://a:1' }, 'http://a:1/'],
    [{ HTTP_PROXY: 'http://c:1' }, 'http://c:1/'],
    [{ HTTPS_PROXY: '', HTTP_PROXY: 'http://c:1' }, 'http://c:1/'],
    [{ ALL_PROXY: 'http://d:1' }, undefined],
    [{}, undefined],
  ])('%j: %s', (env, expected) => {
    expect(proxyOf('https://api.example/', env)).toBe(expected)
  })

  test('is not used for plain http, which is for this computer only', () => {
    expect(proxyOf('http://127.0.0.1:4400/', { HTTP_PROXY: 'http://c:1' })).toBeUndefined()
  })

  test('is refused where the variable holds no address of one, without repeating it', async () => {
    for (const address of ['socks5://user:hush@a:1', 'http://user:hush@[', 'ftp://user:hush@a']) {
      const call = createProxiedFetch({ HTTPS_PROXY: address })('https://127.0.0.1:4499/')
      const error = await call.catch((caught: unknown) => caught)
      expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
      expect(String(error)).toMatch(/HTTPS_PROXY is not the address of a proxy/)
      expect(String(error)).not.toMatch(/hush|user/)
    }
  })

  test('costs nothing where no variable names one', () => {})
})

describe('NO_PROXY', () => {
  test.each([
    ['', 'api.example', true],
    ['other.example', 'api.example', true],
    ['*', 'api.example', false],
    ['api.example', 'api.example', false],
    ['API.Example', 'api.example', false],
    ['api.example.', 'api.example', false],
    ['.example', 'api.example', false],
    ['*.example', 'api.example', false],
    ['localhost, example', 'api.example', false],
    ['localhost example', 'api.example', false],
    ['pi.example', 'api.example', true],
    ['api.example:443', 'api.example', false],
    ['api.example:8443', 'api.example', true],
    ['api.example:8443', 'api.example:8443', false],
    ['127.0.0.1', '127.0.0.1', false],
    ['0.0.1', '127.0.0.1', true],
    ['127.0.0.0/8', '127.1.2.3', false],
    ['10.0.0.0/8', '127.1.2.3', true],
    ['127.0.0.0/99', '127.1.2.3', true],
    ['127.0.0.0/8', 'api.example', true],
    ['::1', '[::1]', false],
    ['[::1]:443', '[::1]', false],
    ['fd00::/8', '[fd12::1]', false],
    ['fd00::/8', '[fe80::1]', true],
    [',, ,', 'api.example', true],
  ])('%j: %s is called through the proxy: %s', (list, host, expected) => {
    const url = `https://${host}/`
    expect(proxyOf(url, { HTTPS_PROXY: 'http://p:1', NO_PROXY: list }) !== undefined).toBe(expected)
    expect(proxyOf(url, { HTTPS_PROXY: 'http://p:1', no_proxy: list }) !== undefined).toBe(expected)
  })
})

/** A server in place of the proxy. */
async function withStandIn<Result>(
  answer: (socket: Socket, heard: string) => void,
  use: (host: string, heard: string[]) => Promise<Result>,
): Promise<Result> {
  const heard: string[] = []
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('data', (data) => {
      heard.push(data.toString())
      answer(socket, data.toString())
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  try {
    return await use(`127.0.0.1:${(server.address() as AddressInfo).port}`, heard)
  } finally {
    for (const socket of sockets) socket.destroy()
    server.close()
    await once(server, 'close')
  }
}

const says = (words: string) => (socket: Socket) => void socket.end(words)

describe('a proxy that gives no connection', () => {
  test.each([
    [
      'HTTP/1.1 407 Proxy Authentication Required\r\n\r\n',
      'rejects the user name and password of HTTPS_PROXY (407)',
      false,
    ],
    ['HTTP/1.1 403 Forbidden\r\n\r\n', 'does not let calls through to 127.0.0.1:4499 (403)', false],
    ['HTTP/1.1 502 Bad Gateway\r\n\r\n', 'does not reach 127.0.0.1:4499 (502)', true],
    ['SSH-2.0-OpenSSH_9.9\r\n', 'did not answer with HTTP.', true],
    ['', 'closed the connection (UND_ERR_SOCKET)', true],
  ])('%j is told: it %s', async (words, problem, retryable) => {
    await withStandIn(says(words), async (host, heard) => {
      const env = { HTTPS_PROXY: `http://ada:hush-hush@${host}` }
      const call = createProxiedFetch(env)('https://127.0.0.1:4499/secret-path')
      const error = await call.catch((caught: unknown) => caught)
      expect(CountersignError.isInstance(error)).toBe(true)
      expect(error).toMatchObject({ code: 'NETWORK', retryable })
      const { message, cause } = error as Error
      expect(message).toContain(`The proxy http://${host} (HTTPS_PROXY) ${problem}`)
      expect(`${message} ${String(cause)} ${JSON.stringify(error)}`).not.toMatch(/ada|hush|YWRhOm/)
      const [first = ''] = heard
      expect(first).toMatch(/^CONNECT 127\.0\.0\.1:4499 HTTP\/1\.1\r\n/)
      expect(first).toContain(
        `proxy-authorization: Basic ${Buffer.from('ada:hush-hush').toString('base64')}\r\n`,
      )
      expect(first).not.toContain('secret-path')
    })
  })

  test('is waited for no longer than is said', async () => {
    await withStandIn(
      () => undefined,
      async (host) => {
        const call = createProxiedFetch({ HTTPS_PROXY: host }, 100)('https://127.0.0.1:4499/')
        await expect(call).rejects.toMatchObject({
          code: 'TIMEOUT',
          message: expect.stringContaining(`The proxy http://${host} (HTTPS_PROXY) did not answer in time`),
        })
      },
    )
  })

  test('ends a command with 5 and the way out, and is asked no more often than it may help', async () => {
    await withStandIn(says('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n'), async (host, heard) => {
      const env = {
        HTTPS_PROXY: `http://${host}`,
        COUNTERSIGN_SPEEDA_CLIENT_ID: 'example',
        COUNTERSIGN_SPEEDA_KEY_ID: 'example-1',
        COUNTERSIGN_SPEEDA_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
      }
      const argv = ['token', 'speeda', '--base-url', 'https://127.0.0.1:4499']
      expect(await runCommand(argv, { env, fetch: createFetch(env) })).toEqual({
        stdout: '',
        stderr: `NETWORK: The proxy http://${host} (HTTPS_PROXY) requires a user name and password (407). Put them into HTTPS_PROXY, before the host: USER:PASSWORD@.\n`,
        exitCode: 5,
      })
      expect(heard).toHaveLength(1)
    })
  })

  test('is reported by doctor, with its fix', async () => {
    await withStandIn(says('HTTP/1.1 403 Forbidden\r\n\r\n'), async (host) => {
      const env = {
        HTTPS_PROXY: `http://ada:hush-hush@${host}`,
        COUNTERSIGN_CDATA_PRIVATE_KEY: fixedKeys.rsa2048.privateKey,
      }
      const argv = ['doctor', 'cdata', '--account-id', 'a', '--base-url', 'https://127.0.0.1:4499', '--json']
      const { stdout, exitCode } = await runCommand(argv, { env, fetch: createFetch(env) })
      expect(exitCode).toBe(5)
      expect(stdout).not.toMatch(/hush|ada:/)
      const { findings } = JSON.parse(stdout) as { findings: { id: string }[] }
      expect(findings.find(({ id }) => id === 'connection')).toMatchObject({
        level: 'fail',
        sentence: `NETWORK: The proxy http://${host} (HTTPS_PROXY) does not let calls through to 127.0.0.1:4499 (403).`,
        fix: expect.stringContaining('NO_PROXY'),
      })
    })
  })
})
