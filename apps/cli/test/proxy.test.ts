import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { type AddressInfo, connect, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { decodeJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import { serveEmulator, startRecordingServer } from '@countersign/testing'
import { createUtglEmulator } from '@countersign/utgl/emulator'
import { expect, onTestFinished, test } from 'vitest'
import { send, withProxy } from './with-proxy.ts'

test('what belongs to the hop or to the proxy stays behind, everything else goes on', async () => {
  await using provider = await startRecordingServer()
  await withProxy(['cdata', '--base-url', `${provider.url}/api`], async ({ url, pass }) => {
    const { status } = await send(`${url}/api/query?a=1&a=2`, {
      method: 'POST',
      body: 'abc',
      headers: {
        'transfer-encoding': 'chunked',
        ...pass,
        authorization: 'Bearer of-the-caller',
        cookie: 'a=b',
        'x-mine': 'kept',
        connection: 'close, x-hop',
        'x-hop': 'dropped',
        'keep-alive': 'timeout=9',
        te: 'trailers',
        trailer: 'x-end',
        'proxy-authorization': 'Basic abc',
        'x-forwarded-for': '10.0.0.1',
        'x-forwarded-host': 'elsewhere',
        forwarded: 'for=10.0.0.1',
        X_Forwarded_For: '10.0.0.1',
        'X-Forwarded_Host': 'elsewhere',
        X_Real_IP: '10.0.0.1',
        'X-Countersign_Secret': 'a secret of the caller',
        Proxy_Authorization: 'Basic abc',
        X_Mine: 'kept',
      },
    })
    expect(status).toBe(200)
  })
  const [seen] = provider.requests
  expect(seen).toMatchObject({ method: 'POST', target: '/api/query?a=1&a=2' })
  expect(seen?.body.toString()).toBe('abc')
  expect(seen?.header('authorization')).toMatch(/^Bearer eyJ/)
  expect(seen?.header('host')).toBe(new URL(provider.url).host)
  expect([seen?.header('cookie'), seen?.header('x-mine'), seen?.header('x_mine')]).toEqual([
    'a=b',
    'kept',
    'kept',
  ])
  const names = seen?.headers.map(([name]) => name.toLowerCase()) ?? []
  expect(names.filter((name) => name === 'authorization')).toHaveLength(1)
  expect(
    names.filter((name) => /^(?:x-hop|te|trailer|keep-alive)$|forwarded|proxy[-_]|secret|real/.test(name)),
  ).toEqual([])
})

test('an answer keeps status and headers, loses those of the hop, and fits its decoded body', async () => {
  await using provider = await startRecordingServer(() => ({
    status: 418,
    headers: {
      'content-encoding': 'gzip',
      connection: 'keep-alive, x-hop',
      'x-hop': 'dropped',
      'proxy-authenticate': 'Basic',
      'x-kept': 'yes',
    },
    body: gzipSync('{"zipped":true}'),
  }))
  await withProxy(['cdata', '--base-url', provider.url], async ({ url, pass }) => {
    const { status, headers, body } = await send(`${url}/x`, { headers: pass })
    expect({ status, body, kept: headers['x-kept'] }).toEqual({
      status: 418,
      body: '{"zipped":true}',
      kept: 'yes',
    })
    expect(headers).not.toHaveProperty('content-encoding')
    expect(headers).not.toHaveProperty('content-length')
    expect(headers).not.toHaveProperty('x-hop')
    expect(headers).not.toHaveProperty('proxy-authenticate')
  })
})

test('with a token, the first bytes go through both ways before the last are sent', async () => {
  const heard = Promise.withResolvers<[IncomingMessage, ServerResponse]>()
  const provider = createServer((incoming, outgoing) => {
    incoming.once('data', (chunk: Buffer) => {
      expect(chunk.toString()).toBe('first')
      heard.resolve([incoming, outgoing])
    })
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  try {
    await withProxy(['cdata', '--base-url', baseUrl], async ({ url, pass }) => {
      const sent = request(`${url}/upload`, { method: 'POST', headers: pass })
      sent.write('first')
      const [incoming, outgoing] = await heard.promise
      expect(incoming.complete).toBe(false)
      sent.end('last')
      await once(incoming, 'end')
      outgoing.write('one')
      const [answer] = (await once(sent, 'response')) as [IncomingMessage]
      const [piece] = (await once(answer, 'data')) as [Buffer]
      expect(piece.toString()).toBe('one')
      expect(answer.complete).toBe(false)
      outgoing.end('two')
      const [rest] = (await once(answer, 'data')) as [Buffer]
      expect(rest.toString()).toBe('two')
    })
  } finally {
    provider.close()
    provider.closeAllConnections()
  }
})

test('UTGL gets the exact bytes and target, and the proof is over them', async () => {
  await using provider = await startRecordingServer()
  const body = randomBytes(200_000)
  const target = '/v1/cards?b=2&a=%20%7e&a='
  await withProxy(['utgl', '--base-url', `${provider.url}/v1`], async ({ url, pass }) => {
    const headers = { ...pass, 'transfer-encoding': 'chunked' }
    expect((await send(`${url}${target}`, { method: 'POST', headers, body })).status).toBe(200)
  })
  const [seen] = provider.requests
  expect(seen).toMatchObject({ method: 'POST', target })
  expect(seen?.body.equals(body)).toBe(true)
  expect(seen?.header('content-length')).toBe('200000')
  const token = seen?.header('authorization')?.replace('Bearer ', '') ?? ''
  const sha256 = createHash('sha256').update(body).digest('hex')
  expect(decodeJwt(token).claims).toMatchObject({ uri: target, method: 'POST', body: sha256 })
})

test.each([{ 'content-length': '1001' }, { 'transfer-encoding': 'chunked' }])(
  'a body over the limit is answered 413 and nothing is sent: %j',
  async (length) => {
    await using provider = await startRecordingServer()
    const argv = ['utgl', '--base-url', `${provider.url}/v1`, '--max-body-bytes', '1000']
    await withProxy(argv, async ({ url, pass }) => {
      const headers = { ...pass, ...length }
      const refused = await send(`${url}/v1/x`, { method: 'POST', headers, body: 'x'.repeat(1001) })
      expect(refused.status).toBe(413)
      expect(JSON.parse(refused.body)).toMatchObject({ code: 'BODY_TOO_LARGE' })
      expect(provider.requests).toEqual([])
      const passed = await send(`${url}/v1/x`, { method: 'POST', headers: pass, body: 'x'.repeat(1000) })
      expect(passed.status).toBe(200)
    })
  },
)

test('a body that does not end is answered 413 as soon as it is over the limit', async () => {
  await withProxy(['utgl', '--max-body-bytes', '1000'], async ({ url, pass }) => {
    const sent = request(`${url}/v1/x`, { method: 'POST', headers: pass })
    sent.on('error', () => undefined)
    sent.write('x'.repeat(1001))
    const [answer] = (await once(sent, 'response')) as [IncomingMessage]
    expect(answer.statusCode).toBe(413)
    sent.destroy()
  })
})

test('without the secret, or as a page in a browser, nobody comes through', async () => {
  await using provider = await startRecordingServer()
  const outcome = await withProxy(['utgl', '--base-url', `${provider.url}/v1`], async ({ url, pass }) => {
    const status = async (headers: Record<string, string>) =>
      (await send(`${url}/v1/ping`, { headers })).status
    const [[name = '', secret = ''] = []] = Object.entries(pass)
    expect(secret).toHaveLength(43)
    expect(await status({})).toBe(401)
    expect(await status({ [name]: 'wrong' })).toBe(401)
    expect(await status({ [name]: `${secret}x` })).toBe(401)
    expect(await status({ ...pass, host: 'rebound.example' })).toBe(403)
    expect(await status({ ...pass, host: '127.0.0.1.rebound.example' })).toBe(403)
    expect(await status({ ...pass, origin: 'https://page.example' })).toBe(403)
    expect(await status({ ...pass, origin: 'null' })).toBe(403)
    expect(await status({ ...pass, 'sec-fetch-site': 'cross-site' })).toBe(403)
    expect(provider.requests).toEqual([])
    expect(await status({ ...pass, host: 'localhost:4500', 'sec-fetch-site': 'none' })).toBe(200)
  })
  expect(provider.requests[0]?.header('x-countersign-secret')).toBeUndefined()
  expect(outcome.stderr).not.toContain((JSON.parse(outcome.stdout) as { secret: string }).secret)
})

test.each([
  ['GET', 'https://elsewhere.example/v1/ping'],
  ['CONNECT', 'elsewhere.example:443'],
  ['TRACE', '/v1/ping'],
  ['GET', '/v1/../ping'],
  ['GET', "/v1/ping?name=O'Brien"],
  ['GET', '/v1/ping?'],
])('%s %s is answered 400 and goes nowhere', async (method, target) => {
  await using provider = await startRecordingServer()
  await withProxy(['utgl', '--base-url', `${provider.url}/v1`], async ({ url, pass }) => {
    const { hostname, port } = new URL(url)
    const socket = connect(Number(port), hostname)
    const shown = Object.entries(pass).map(([name, value]) => `${name}: ${value}\r\n`)
    socket.write(`${method} ${target} HTTP/1.1\r\nHost: localhost\r\n${shown.join('')}\r\n`)
    const [head] = (await once(socket, 'data')) as [Buffer]
    socket.destroy()
    expect(head.toString()).toMatch(/^HTTP\/1.1 400 /)
  })
  expect(provider.requests).toEqual([])
})

test.each([
  [['Host: rebound.example'], 400, 'HOST_REFUSED'],
  [['Transfer-Encoding: gzip, chunked'], 501, 'CODING_REFUSED'],
])(
  'a request with %j beside what it has already is answered %d and goes nowhere',
  async (lines, status, code) => {
    await using provider = await startRecordingServer()
    await withProxy(['utgl', '--base-url', `${provider.url}/v1`], async ({ url, pass }) => {
      const shown = Object.entries(pass).map(([name, value]) => `${name}: ${value}`)
      const head = ['POST /v1/ping HTTP/1.1', 'Host: localhost', ...shown, ...lines, 'Connection: close']
      const socket = connect(Number(new URL(url).port), '127.0.0.1')
      socket.end(`${head.join('\r\n')}\r\n\r\n0\r\n\r\n`)
      const answer = await text(socket)
      expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
      expect(answer).toContain(`"code":"${code}"`)
    })
    expect(provider.requests).toEqual([])
  },
)

test('a provider whose status line has a phrase that nobody may write is passed on, and the proxy goes on', async () => {
  const phrases = ['caf\xe9', '\xf0\x9f\x98\x80', 'a\tb', '']
  const provider = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.on('data', () =>
      socket.end(
        `HTTP/1.1 503 ${phrases.shift()}\r\nConnection: close\r\nContent-Length: 4\r\n\r\nbusy`,
        'latin1',
      ),
    )
  }).listen(0, '127.0.0.1')
  onTestFinished(() => void provider.close())
  await once(provider, 'listening')
  const { port } = provider.address() as AddressInfo
  await withProxy(['utgl', '--base-url', `http://127.0.0.1:${port}/v1`], async ({ url, pass }) => {
    for (const _phrase of [...phrases])
      expect(await send(`${url}/v1/ping`, { headers: pass })).toMatchObject({ status: 503, body: 'busy' })
  })
})

test('a refusal of the provider passes with its status, body and the rule that was broken', async () => {
  const emulator = createUtglEmulator()
  const { accessKey } = await emulator.register(fixedKeys.otherRsa2048.publicKey)
  await using provider = await serveEmulator(emulator)
  const argv = ['utgl', '--base-url', `${provider.url}/v1`, '--access-key', accessKey]
  const { stderr } = await withProxy(argv, async ({ url, pass }) => {
    const { status, body, headers } = await send(`${url}/v1/ping`, { headers: pass })
    expect({ status, rule: headers['x-countersign-rule'] }).toMatchObject({
      status: 401,
      rule: expect.stringMatching(/^utgl\.signature/),
    })
    expect(body).toContain('INVALID_SIGNATURE')
  })
  expect(JSON.parse(stderr)).toMatchObject({ status: 401, rule: 'utgl.signature' })
})

test('a refused token is renewed: a small body goes again at once, a streamed one with the next request', async () => {
  let tokens = 0
  await using provider = await startRecordingServer(({ target, header }) => {
    if (target.endsWith('token'))
      return { body: JSON.stringify({ access_token: `token-${++tokens}`, expires_in: 300 }) }
    return {
      status:
        header('authorization') === 'Bearer token-1' || header('authorization') === 'Bearer token-2'
          ? 401
          : 200,
    }
  })
  await withProxy(['speeda', '--base-url', provider.url], async ({ url, pass }) => {
    const headers = { ...pass, 'transfer-encoding': 'chunked' }
    const post = async (extra: object) =>
      (await send(`${url}/x`, { method: 'POST', body: 'abc', ...extra })).status
    expect(await post({ headers })).toBe(401)
    expect(await post({ headers: pass })).toBe(200)
  })
  const seen = provider.requests.filter(({ target }) => target === '/x')
  expect(seen.map(({ header, body }) => [header('authorization'), body.toString()])).toEqual([
    ['Bearer token-1', 'abc'],
    ['Bearer token-2', 'abc'],
    ['Bearer token-3', 'abc'],
  ])
})

test('a provider that cannot be reached is 502, one that is late 504, a redirect 502, all masked', async () => {
  const closed = await startRecordingServer()
  await closed.close()
  const { stderr } = await withProxy(['utgl', '--base-url', `${closed.url}/v1`], async ({ url, pass }) => {
    const { status, body } = await send(`${url}/v1/ping?card=4000`, { headers: pass })
    expect({ status, ...JSON.parse(body) }).toMatchObject({
      status: 502,
      code: 'NETWORK',
      message: expect.stringMatching(/^utgl: GET .*ECONNREFUSED/),
    })
    expect(body).not.toMatch(/4000|eyJ/)
  })
  expect(JSON.parse(stderr)).toMatchObject({ level: 'error', code: 'NETWORK', path: '/v1/ping' })
  const late = async () => Promise.reject(new DOMException('late', 'TimeoutError'))
  await withProxy(
    ['utgl'],
    async ({ url, pass }) => {
      const { status, body } = await send(`${url}/v1/ping`, { headers: pass })
      expect([status, JSON.parse(body).code]).toEqual([504, 'TIMEOUT'])
    },
    { fetch: late },
  )
  await using moved = await startRecordingServer(() => ({
    status: 307,
    headers: { location: 'https://a.example/' },
  }))
  await withProxy(['utgl', '--base-url', `${moved.url}/v1`], async ({ url, pass }) => {
    const { status, body } = await send(`${url}/v1/ping`, { headers: pass })
    expect([status, JSON.parse(body).code]).toEqual([502, 'REDIRECT_REFUSED'])
  })
})

test("an answer that breaks off breaks the caller's connection too", async () => {
  await using provider = await startRecordingServer(() => ({ body: 'x'.repeat(1000), cutAfter: 10 }))
  const { stderr } = await withProxy(['utgl', '--base-url', `${provider.url}/v1`], async ({ url, pass }) => {
    await expect(send(`${url}/v1/ping`, { headers: pass })).rejects.toThrow('aborted')
  })
  expect(JSON.parse(stderr)).toMatchObject({ status: 200, code: 'ANSWER_BROKE_OFF', level: 'error' })
})

test('a caller that leaves takes its request along', async () => {
  const left = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  const provider = createServer((_incoming, outgoing) => {
    outgoing.once('close', left.resolve)
    arrived.resolve()
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const { stderr } = await withProxy(['cdata', '--base-url', baseUrl], async ({ url, pass }) => {
    const sent = request(`${url}/slow`, { headers: pass })
    sent.on('error', () => undefined)
    sent.end()
    await arrived.promise
    sent.destroy()
    await left.promise
  })
  provider.close()
  expect(JSON.parse(stderr)).toMatchObject({ status: 499 })
})
