import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { zstdCompressSync } from 'node:zlib'
import { startRecordingServer } from '@countersign/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { rehome } from '../src/proxy/headers.ts'
import { send, withProxy } from './with-proxy.ts'

const move = { origin: 'https://api.example', target: '/v1/cards?a=1', prefix: '/eu' }

test.each([
  ['Location', 'https://api.example/v1/cards/7?b=2#c', '/eu/v1/cards/7?b=2#c'],
  ['location', '/v1/cards/7', '/eu/v1/cards/7'],
  ['content-location', '../x', '/eu/x'],
  ['location', '../../../x', '/eu/x'],
  ['location', 'https://elsewhere.example/v1', 'https://elsewhere.example/v1'],
  ['location', '//elsewhere.example/v1', '//elsewhere.example/v1'],
  ['location', 'http://', 'http://'],
  ['set-cookie', 'a=b; Path=/v1; HttpOnly', 'a=b; HttpOnly; Path=/eu/v1'],
  ['set-cookie', 'a=b=c; Domain=api.example; path=/; Secure', 'a=b=c; Secure; Path=/eu'],
  ['set-cookie', 'a=b', 'a=b; Path=/eu/v1'],
  ['set-cookie', 'a=b; Path=x; SameSite=Lax', 'a=b; SameSite=Lax; Path=/eu/v1'],
  ['x-location', '/v1', '/v1'],
])('under a prefix, %s: %s becomes %s', (name, value, expected) => {
  expect(rehome(['x-first', 'location', name, value], move)).toEqual(['x-first', 'location', name, expected])
})

test.each([
  ['location', 'https://api.example/v1/cards/7', '/v1/cards/7'],
  ['location', 'https://api.example//elsewhere.example', 'https://api.example//elsewhere.example'],
  ['set-cookie', 'a=b; Path=/', 'a=b; Path=/'],
  ['set-cookie', 'a=b; Domain=api.example', 'a=b; Path=/v1'],
])('at a port of its own, %s: %s becomes %s', (name, value, expected) => {
  expect(rehome([name, value], { ...move, prefix: '' })).toEqual([name, expected])
})

test('what a mounted provider says of places is true at the proxy; a provider alone is left as it is', async () => {
  await using provider = await startRecordingServer(() => ({
    status: 201,
    headers: { location: `${provider.url}/v1/cards/7`, 'set-cookie': 'a=b; Path=/' },
  }))
  const base = ['--base-url', `${provider.url}/v1`]
  await withProxy(['--mount', '/eu=utgl', ...base], async ({ url, pass }) => {
    const { headers } = await send(`${url}/eu/v1/cards`, { method: 'POST', headers: pass, body: '{}' })
    expect(headers).toMatchObject({ location: '/eu/v1/cards/7', 'set-cookie': ['a=b; Path=/eu'] })
  })
  await withProxy(['utgl', ...base], async ({ url, pass }) => {
    const { headers } = await send(`${url}/v1/cards`, { method: 'POST', headers: pass, body: '{}' })
    expect(headers).toMatchObject({ location: `${provider.url}/v1/cards/7`, 'set-cookie': ['a=b; Path=/'] })
  })
})

test('a provider that is silent is answered 504 after --timeout', async () => {
  await using provider = await startRecordingServer(() => ({ hang: true }))
  const argv = ['utgl', '--base-url', `${provider.url}/v1`, '--timeout', '50ms']
  const { stderr } = await withProxy(argv, async ({ url, pass }) => {
    const { status, body } = await send(`${url}/v1/ping`, { headers: pass })
    expect([status, JSON.parse(body)]).toEqual([
      504,
      { code: 'TIMEOUT', message: expect.stringContaining('utgl: The provider was silent for 0.05 s.') },
    ])
  })
  expect(JSON.parse(stderr)).toMatchObject({ status: 504, code: 'TIMEOUT', level: 'error' })
})

test('an answer that stops for longer than --timeout is broken off', async () => {
  const provider = createServer((_incoming, outgoing) => void outgoing.write('half')).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const argv = ['cdata', '--base-url', baseUrl, '--timeout', '100ms']
  const { stderr } = await withProxy(argv, async ({ url, pass }) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    onTestFinished(() => void vi.useRealTimers())
    const [answer] = await once(request(`${url}/x`, { headers: pass }).end(), 'response')
    await once(answer, 'data')
    vi.advanceTimersByTime(100)
    await expect(text(answer)).rejects.toThrow('aborted')
  })
  provider.close()
  provider.closeAllConnections()
  expect(JSON.parse(stderr)).toMatchObject({ status: 200, code: 'TIMEOUT', level: 'error' })
})

test('a caller that is slower than --timeout is waited for', async () => {
  const arrived = Promise.withResolvers<void>()
  const provider = createServer((incoming, outgoing) => {
    incoming.once('data', () => arrived.resolve()).once('end', () => outgoing.end('answer'))
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const baseUrl = `http://127.0.0.1:${(provider.address() as AddressInfo).port}`
  const { stderr } = await withProxy(
    ['cdata', '--base-url', baseUrl, '--timeout', '100ms'],
    async ({ url, pass }) => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
      onTestFinished(() => void vi.useRealTimers())
      const sent = request(`${url}/x`, { method: 'POST', headers: pass })
      const answered = once(sent, 'response')
      sent.write('first')
      await arrived.promise
      for (let round = 0; round < 3; round++) {
        vi.advanceTimersByTime(100)
        await nextTurn()
      }
      sent.end('last')
      const [answer] = await answered
      expect([answer.statusCode, await text(answer)]).toEqual([200, 'answer'])
    },
  )
  provider.close()
  provider.closeAllConnections()
  expect(JSON.parse(stderr)).not.toHaveProperty('code')
})

test('a caller that leaves in the middle of a signed body is logged as gone, and nothing is sent', async () => {
  await using provider = await startRecordingServer()
  const { stderr } = await withProxy(['utgl', '--base-url', `${provider.url}/v1`], async ({ url, pass }) => {
    const sent = request(`${url}/v1/x`, { method: 'POST', headers: { ...pass, 'content-length': '100' } })
    sent.on('error', () => undefined)
    sent.write('half')
    for (let running = 0; running < 2; ) {
      const { body } = await send(`${url}/_countersign/metrics`, { headers: pass })
      running = Number(/_in_flight_requests\{provider="utgl"\} (\d+)/.exec(body)?.[1])
    }
    sent.destroy()
    for (let left = false; !left; ) {
      const { body } = await send(`${url}/_countersign/metrics`, { headers: pass })
      left = body.includes('method="POST"')
    }
  })
  const lines = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
  expect(lines.find(({ method }) => method === 'POST')).toMatchObject({ status: 499, level: 'warn' })
  expect(provider.requests).toEqual([])
})

test('a body that is not signed goes on as it comes: its first piece arrives before the last is sent', async () => {
  const first = Promise.withResolvers<string>()
  const whole = Promise.withResolvers<string>()
  const provider = createServer(async (incoming, outgoing) => {
    incoming.once('data', (piece: Buffer) => first.resolve(piece.toString()))
    whole.resolve(await text(incoming))
    outgoing.end('done')
  }).listen(0, '127.0.0.1')
  await once(provider, 'listening')
  const upstream = `http://127.0.0.1:${(provider.address() as AddressInfo).port}/api`
  await withProxy(['cdata', '--base-url', upstream], async ({ url, pass }) => {
    const call = request(`${url}/api/upload`, { method: 'POST', headers: pass })
    call.write('first ')
    expect(await first.promise).toBe('first ')
    call.end('last')
    const [answer] = await once(call, 'response')
    expect(await text(answer)).toBe('done')
  })
  expect(await whole.promise).toBe('first last')
  provider.close()
})

test('a part of a representation is asked for without a coding', async () => {
  await using provider = await startRecordingServer(() => ({ status: 206, body: 'part' }))
  await withProxy(['utgl', '--base-url', `${provider.url}/v1`], async ({ url, pass }) => {
    const answer = await send(`${url}/v1/report`, { headers: { ...pass, range: 'bytes=0-3' } })
    expect([answer.status, answer.body]).toEqual([206, 'part'])
    await send(`${url}/v1/report`, { headers: pass })
  })
  const codings = provider.requests.map(({ header }) => header('accept-encoding'))
  expect(codings).toEqual(['identity', 'gzip, deflate, br'])
})

test.each([
  ['decoded by the platform', zstdCompressSync(Buffer.from('hello')), undefined],
  ['that the platform left coded', Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 1]), 'zstd'],
])('a body of zstd %s has the header that is true of it', async (_what, coded, coding) => {
  await using provider = await startRecordingServer()
  const fetch: typeof globalThis.fetch = async () =>
    new Response(coding === undefined ? 'hello' : coded, { headers: { 'content-encoding': 'zstd' } })
  await withProxy(
    ['utgl', '--base-url', `${provider.url}/v1`],
    async ({ url, pass }) => {
      const { headers, body } = await send(`${url}/v1/report`, { headers: pass })
      expect(headers['content-encoding']).toBe(coding)
      expect(body).toBe(coding === undefined ? 'hello' : coded.toString())
    },
    { fetch },
  )
})

test('a body of zstd over the wire is true to its header', async () => {
  await using provider = await startRecordingServer(() => ({
    headers: { 'content-encoding': 'zstd' },
    body: zstdCompressSync(Buffer.from('hello')),
  }))
  await withProxy(['utgl', '--base-url', `${provider.url}/v1`], async ({ url, pass }) => {
    const { headers, body } = await send(`${url}/v1/report`, { headers: pass })
    expect(headers['content-encoding'] === undefined ? body : 'coded').toMatch(/^(?:hello|coded)$/)
  })
})

test('a WebSocket connection is refused with 501 and closed, and goes nowhere; other upgrades are ignored', async () => {
  await using provider = await startRecordingServer()
  const { stderr } = await withProxy(['utgl', '--base-url', `${provider.url}/v1`], async ({ url, pass }) => {
    const ask = (upgrade: string) =>
      send(`${url}/v1/stream`, {
        headers: { ...pass, connection: 'upgrade', upgrade, 'sec-websocket-key': 'x' },
      })
    const { status, body, headers } = await ask('h2c, WebSocket')
    expect(headers['connection']).toBe('close')
    expect([status, JSON.parse(body)]).toEqual([
      501,
      { code: 'UPGRADE_REFUSED', message: expect.stringContaining('WebSocket') },
    ])
    expect(provider.requests).toEqual([])
    expect((await ask('h2c')).status).toBe(200)
  })
  expect(stderr.split('\n')[0]).toContain('"code":"UPGRADE_REFUSED"')
})

test('a text that is not the id of a rule stays out of the log, and so does what a terminal obeys', async () => {
  await using provider = await startRecordingServer((_request, count) => ({
    headers: { 'x-countersign-rule': count === 1 ? 'utgl.alg; x' : '\u009b31m eyJhbGciOi.secret.token' },
  }))
  const { stderr } = await withProxy(['utgl', '--base-url', `${provider.url}/v1`], async ({ url, pass }) => {
    await send(`${url}/v1/ping`, { headers: pass })
    await send(`${url}/v1/ping`, { headers: pass })
    await send(`${url}/v1/\u009b31m`, { headers: pass })
  })
  const rules = stderr
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).rule)
  expect(rules).toEqual(['utgl.alg', undefined, undefined])
  expect(stderr).not.toMatch(/[\u0080-\u009f]|secret/)
})

test('the log names the advised rules that an emulator found broken, where they are known', async () => {
  await using provider = await startRecordingServer(() => ({
    headers: {
      'x-countersign-advice': 'utgl.lifetime-margin; https://a.example, made-up; https://b.example',
    },
  }))
  const { stderr } = await withProxy(['utgl', '--base-url', `${provider.url}/v1`], async ({ url, pass }) => {
    await send(`${url}/v1/ping`, { headers: pass })
  })
  expect(JSON.parse(stderr)).toMatchObject({ status: 200, advice: ['utgl.lifetime-margin'] })
  expect(stderr).not.toContain('made-up')
})
