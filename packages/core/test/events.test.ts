import { runInNewContext } from 'node:vm'
import { type AuthEvent, createAuth } from '@countersign/core'
import { emit, toEvents } from '@countersign/core/provider'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { failureOf, fakeClient, fakeSigner, numberedTokens, tokenResponse } from './fake-provider.ts'

test('events say what happened, in order, with the provider and no secret', async () => {
  await using server = await startRecordingServer(
    numberedTokens(({ header }) => ({ status: header('authorization')?.endsWith('-1') ? 401 : 200 })),
  )
  const { auth, events, clock, tokens } = fakeClient(server.url)
  await auth.fetch(`${server.url}/x?q=private`, { method: 'POST', body: 'private' })
  clock.advance(700_000)
  await tokens.get()
  const { provider } = { provider: 'fake' }
  const start = clock.now() - 700_000
  expect(events).toStrictEqual([
    { type: 'token.acquired', provider, expiresAt: start + 600_000 },
    { type: 'token.renewed', provider, expiresAt: start + 600_000 },
    { type: 'request.replayed', provider, method: 'POST', origin: server.url, reason: 'token' },
    { type: 'token.renewed', provider, expiresAt: start + 1_300_000 },
  ] satisfies AuthEvent[])
  expect(JSON.stringify(events)).not.toMatch(/access-token|private/)
})

test('the events of a signed request are its signatures', async () => {
  await using server = await startRecordingServer()
  const { auth, events } = fakeSigner(server.url)
  await auth.fetch(`${server.url}/x?q=private`)
  expect(events).toStrictEqual([
    { type: 'request.signed', provider: 'fake', method: 'GET', origin: server.url, attempt: 0 },
  ] satisfies AuthEvent[])
})

test('a failed exchange is one event with code and message', async () => {
  await using server = await startRecordingServer(() => ({ status: 400, body: '{"error":"invalid_client"}' }))
  const { tokens, events } = fakeClient(server.url)
  const failure = (await failureOf(tokens.get())) as Error
  expect(events).toStrictEqual([
    {
      type: 'token.failed',
      provider: 'fake',
      code: 'TOKEN_REQUEST_REJECTED',
      message: failure.message,
      serving: false,
    },
  ] satisfies AuthEvent[])
})

test('the failure of foreign code is reported without its message', async () => {
  await using server = await startRecordingServer()
  const build = () => Promise.reject(new Error('my private words'))
  const { tokens, events } = fakeClient(server.url, { exchange: { build } })
  expect(await failureOf(tokens.get())).toMatchObject({ message: 'my private words' })
  expect(events).toMatchObject([{ type: 'token.failed', code: 'UNEXPECTED', message: 'failed' }])
})

/** An address at which nothing listens. */
async function closedUrl(): Promise<string> {
  await using server = await startRecordingServer()
  return server.url
}

const durationMs = expect.any(Number)

test('each call of fetch ends with one event: its status, or the code of its failure', async () => {
  const controller = new AbortController()
  await using server = await startRecordingServer(
    numberedTokens(({ target, header }) => {
      if (target === '/left') controller.abort()
      if (target === '/left') return { hang: true }
      return { status: target === '/missing' ? 404 : header('authorization')?.endsWith('-1') ? 401 : 200 }
    }),
  )
  const closed = await closedUrl()
  const send: typeof fetch = (input, init) => fetch(String(input).endsWith('/reset') ? closed : input, init)
  const { auth, ended, clock } = fakeClient(server.url, { auth: { fetch: send } })
  await auth.fetch(`${server.url}/x?q=private`, { method: 'PUT', body: 'private' })
  clock.advance(100_000)
  await auth.fetch(`${server.url}/missing`)
  await failureOf(auth.fetch(`${server.url}/reset`))
  await failureOf(auth.fetch(`${server.url}/left`, { signal: controller.signal }))
  await failureOf(auth.fetch('https://elsewhere.example/x'))
  const finished = {
    type: 'request.finished',
    provider: 'fake',
    method: 'GET',
    origin: server.url,
    durationMs,
  }
  expect(ended.filter(({ type }) => type === 'request.finished')).toStrictEqual([
    { ...finished, method: 'PUT', status: 200, tokenLifeMs: 600_000 },
    { ...finished, status: 404, tokenLifeMs: 500_000 },
    { ...finished, code: 'NETWORK', tokenLifeMs: 500_000 },
    { ...finished, code: 'ABORTED', tokenLifeMs: 500_000 },
  ])
  expect(JSON.stringify(ended)).not.toMatch(/private|access-token/)
})

test('a signed request that ends has no life of a token', async () => {
  await using server = await startRecordingServer()
  const { auth, ended } = fakeSigner(server.url)
  await auth.fetch(`${server.url}/x`)
  const finished = { type: 'request.finished', provider: 'fake', method: 'GET', origin: server.url }
  expect(ended).toStrictEqual([{ ...finished, status: 200, durationMs }])
})

test('a failure of foreign code ends a call as UNEXPECTED', async () => {
  await using server = await startRecordingServer()
  const ended: AuthEvent[] = []
  const authorize = () => Promise.reject(new Error('my private words'))
  const auth = createAuth('fake', authorize, { baseUrl: server.url, onEvent: (event) => ended.push(event) })
  await failureOf(auth.fetch(`${server.url}/x`))
  expect(ended).toMatchObject([{ type: 'request.finished', code: 'UNEXPECTED' }])
  expect(JSON.stringify(ended)).not.toContain('private')
})

test('api reports each of its attempts and, before it sends a request again, why', async () => {
  await using server = await startRecordingServer((_request, count) =>
    count === 1 ? { status: 503 } : { body: '"done"' },
  )
  const closed = await closedUrl()
  const send: typeof fetch = (input, init) => fetch(calls.length === 2 ? closed : input, init)
  const { auth, events, ended, calls } = fakeSigner(server.url, { fetch: send })
  expect(await auth.api.get('x?q=private', { retry: { limit: 3, delay: () => 0 } }).json()).toBe('done')
  const request = { provider: 'fake', method: 'GET', origin: server.url }
  const waitMs = expect.any(Number)
  expect(events.filter(({ type }) => type === 'request.retried')).toStrictEqual([
    { type: 'request.retried', ...request, attempt: 2, waitMs, status: 503 },
    { type: 'request.retried', ...request, attempt: 3, waitMs, code: 'NETWORK' },
  ])
  expect(ended).toMatchObject([{ status: 503 }, { code: 'NETWORK' }, { status: 200 }])
})

test('a repetition that a hook asked for has neither a wait nor a status', async () => {
  await using server = await startRecordingServer((_request, count) => ({ body: String(count) }))
  const { auth, events } = fakeSigner(server.url)
  const again = auth.api.extend({
    hooks: {
      afterResponse: [
        async ({ retryCount }) =>
          retryCount === 0 ? (await import('ky')).default.retry({ delay: 1 }) : undefined,
      ],
    },
  })
  expect(await again.get('x').text()).toBe('2')
  expect(events.filter(({ type }) => type === 'request.retried')).toStrictEqual([
    { type: 'request.retried', provider: 'fake', method: 'GET', origin: server.url, attempt: 2 },
  ])
})

test('an exchange reports each repetition, and once how it ended', async () => {
  await using server = await startRecordingServer((_request, count) =>
    count === 1 ? { status: 503 } : tokenResponse('access-token-1'),
  )
  const { tokens, events, ended } = fakeClient(server.url)
  await tokens.get()
  const endpoint = { provider: 'fake', origin: server.url }
  const failure = { status: 503, code: 'TOKEN_REQUEST_REJECTED' }
  expect(events).toMatchObject([
    { type: 'token.retried', ...endpoint, attempt: 2, waitMs: expect.any(Number), ...failure },
    { type: 'token.acquired' },
  ])
  expect(ended).toStrictEqual([{ type: 'token.exchanged', ...endpoint, attempts: 2, durationMs }])
})

test('an exchange that fails ends with the code and the status', async () => {
  await using server = await startRecordingServer(() => ({ status: 400, body: '{"error":"invalid_client"}' }))
  const { tokens, ended } = fakeClient(server.url)
  await failureOf(tokens.get())
  expect(ended).toStrictEqual([
    {
      type: 'token.exchanged',
      provider: 'fake',
      origin: server.url,
      attempts: 1,
      durationMs,
      status: 400,
      code: 'TOKEN_REQUEST_REJECTED',
    },
  ])
})

test('an exchange whose request cannot be built is not reported as an exchange', async () => {
  await using server = await startRecordingServer()
  const build = () => Promise.reject(new Error('my private words'))
  const { tokens, ended } = fakeClient(server.url, { exchange: { build } })
  await failureOf(tokens.get())
  expect(ended).toEqual([])
  expect(server.requests).toEqual([])
})

test('one broken listener does not keep events from another', () => {
  const heard: AuthEvent[] = []
  const events = toEvents(() => {
    throw new Error('the log is full')
  })
  events.listeners.add((event) => heard.push(event))
  emit(events, { type: 'store.resumed', provider: 'fake' })
  expect(heard).toHaveLength(1)
  expect(toEvents(events)).toBe(events)
})

test('a listener that throws does no harm', async () => {
  await using server = await startRecordingServer(
    numberedTokens(({ header }) => ({ status: header('authorization')?.endsWith('-1') ? 401 : 200 })),
  )
  const onEvent = () => {
    throw new Error('the log is full')
  }
  const client = fakeClient(server.url, { source: { onEvent }, exchange: { onEvent }, auth: { onEvent } })
  expect((await client.auth.fetch(`${server.url}/x`)).status).toBe(200)
  const signer = fakeSigner(server.url, { onEvent })
  expect((await signer.auth.fetch(`${server.url}/x`)).status).toBe(200)
})

test.each<[string, () => unknown]>([
  ['is async', async () => Promise.reject(new Error('the log is full'))],
  [
    'returns a promise of another realm',
    () => runInNewContext("Promise.reject(new Error('the log is full'))"),
  ],
])('a listener that %s and fails does no harm', async (_, onEvent) => {
  await using server = await startRecordingServer()
  const { auth } = fakeSigner(server.url, { onEvent })
  expect((await auth.fetch(`${server.url}/x`)).status).toBe(200)
  await new Promise(setImmediate)
})
