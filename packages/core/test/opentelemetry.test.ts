import { type AuthEvent, createAuth, Secret } from '@countersign/core'
import { instrument } from '@countersign/core/opentelemetry'
import { createTokenSource } from '@countersign/core/provider'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { context, metrics, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { failureOf, fakeClient, fakeSigner, numberedTokens, tokenResponse } from './fake-provider.ts'
import { createTelemetry } from './telemetry.ts'

const server = (url: string) => ({ 'server.address': '127.0.0.1', 'server.port': Number(new URL(url).port) })
const provider = { 'countersign.provider': 'fake' }

beforeEach(() => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager())
})
afterEach(() => context.disable())

test('exchanges are measured by outcome, each with a span', async () => {
  let refusing = false
  await using host = await startRecordingServer(
    numberedTokens(
      () => ({}),
      600,
      () => (refusing ? { status: 400, body: '{"error":"invalid_client"}' } : undefined),
    ),
  )
  const telemetry = createTelemetry()
  const { auth, tokens, clock } = fakeClient(host.url)
  instrument(auth, telemetry)
  await auth.fetch(`${host.url}/x`)
  clock.advance(700_000)
  await tokens.get()
  refusing = true
  clock.advance(700_000)
  await failureOf(auth.fetch(`${host.url}/x`))

  const exchange = { ...provider, ...server(host.url) }
  const refused = { ...exchange, 'error.type': 'TOKEN_REQUEST_REJECTED' }
  expect(await telemetry.points('countersign.token.exchange.duration')).toEqual({
    unit: 's',
    points: [
      { attributes: exchange, count: 2 },
      { attributes: refused, count: 1 },
    ],
  })
  expect(await telemetry.points('countersign.token.acquisitions')).toEqual({
    unit: '{acquisition}',
    points: [
      { attributes: { ...provider, 'countersign.outcome': 'acquired' }, value: 1 },
      { attributes: { ...provider, 'countersign.outcome': 'renewed' }, value: 1 },
      {
        attributes: { ...provider, 'countersign.outcome': 'failed', 'error.type': 'TOKEN_REQUEST_REJECTED' },
        value: 1,
      },
    ],
  })
  const once = { 'countersign.token.attempts': 1 }
  expect(telemetry.spans()).toMatchObject([
    {
      name: 'exchange token',
      kind: SpanKind.CLIENT,
      status: { code: SpanStatusCode.UNSET },
      attributes: { ...exchange, ...once },
    },
    { name: 'exchange token', attributes: { ...exchange, ...once } },
    {
      name: 'exchange token',
      status: { code: SpanStatusCode.ERROR },
      attributes: { ...refused, ...once, 'http.response.status_code': 400 },
    },
  ])
})

test('the span of an exchange is a child of the span of the caller that began it', async () => {
  await using host = await startRecordingServer(numberedTokens())
  const telemetry = createTelemetry()
  const auth = instrument(fakeClient(host.url).auth, telemetry)
  const caller = telemetry.tracer.startSpan('the caller')
  await context.with(trace.setSpan(ROOT_CONTEXT, caller), () => auth.fetch(`${host.url}/x`))
  const [span] = telemetry.spans()
  expect(span?.parentSpanContext?.spanId).toBe(caller.spanContext().spanId)
  const [start = 0, end = 0] = [span?.startTime, span?.endTime].map(
    (time) => (time?.[0] ?? 0) * 1e9 + (time?.[1] ?? 0),
  )
  expect(end).toBeGreaterThanOrEqual(start)
})

test('requests are measured by class of status, and the life that their token had left', async () => {
  await using host = await startRecordingServer(
    numberedTokens(({ target }) => ({ status: Number(target.slice(1)) })),
  )
  const telemetry = createTelemetry()
  const { auth, clock } = fakeClient(host.url)
  instrument(auth, telemetry)
  for (const status of [200, 201, 404]) await auth.fetch(`${host.url}/${status}`)
  clock.advance(100_000)
  await auth.fetch(`${host.url}/503`, { method: 'INVENTED' })
  const request = { ...provider, ...server(host.url), 'http.request.method': 'GET' }
  expect(await telemetry.points('countersign.request.duration')).toEqual({
    unit: 's',
    points: [
      { attributes: { ...request, 'countersign.response.status_class': '2xx' }, count: 2 },
      {
        attributes: { ...request, 'countersign.response.status_class': '4xx', 'error.type': '404' },
        count: 1,
      },
      {
        attributes: {
          ...request,
          'http.request.method': '_OTHER',
          'countersign.response.status_class': '5xx',
          'error.type': '503',
        },
        count: 1,
      },
    ],
  })
  expect(await telemetry.points('countersign.token.remaining_lifetime')).toEqual({
    unit: 's',
    points: [{ attributes: provider, count: 4, sum: 600 * 3 + 500 }],
  })
})

test('what fails without a response has its code, and each repetition is counted with its cause', async () => {
  await using host = await startRecordingServer((_request, count) =>
    count === 1 ? { status: 503 } : { body: '"done"' },
  )
  await using closed = await startRecordingServer()
  await closed.close()
  const telemetry = createTelemetry()
  const send: typeof fetch = (input, init) => fetch(calls.length === 2 ? closed.url : input, init)
  const { auth, calls } = fakeSigner(host.url, { fetch: send })
  instrument(auth, telemetry)
  await auth.api.get('x', { retry: { limit: 3, delay: () => 0 } }).json()
  const request = { ...provider, ...server(host.url), 'http.request.method': 'GET' }
  expect((await telemetry.points('countersign.request.duration')).points).toEqual([
    { attributes: { ...request, 'countersign.response.status_class': '5xx', 'error.type': '503' }, count: 1 },
    { attributes: { ...request, 'error.type': 'NETWORK' }, count: 1 },
    { attributes: { ...request, 'countersign.response.status_class': '2xx' }, count: 1 },
  ])
  const api = { ...provider, 'countersign.endpoint': 'api' }
  expect(await telemetry.points('countersign.retries')).toEqual({
    unit: '{retry}',
    points: [
      { attributes: { ...api, 'error.type': '503' }, value: 1 },
      { attributes: { ...api, 'error.type': 'NETWORK' }, value: 1 },
    ],
  })
})

test('a repeated token request is counted', async () => {
  await using host = await startRecordingServer((_request, count) =>
    count === 1 ? { status: 503 } : tokenResponse('access-token-1'),
  )
  const telemetry = createTelemetry()
  const { auth, tokens } = fakeClient(host.url)
  instrument(auth, telemetry)
  await tokens.get()
  const attributes = { ...provider, 'countersign.endpoint': 'token', 'error.type': '503' }
  expect((await telemetry.points('countersign.retries')).points).toEqual([{ attributes, value: 1 }])
  expect(telemetry.spans()).toMatchObject([{ attributes: { 'countersign.token.attempts': 2 } }])
})

test('a listener is instrumented too, and still hears every event', async () => {
  await using host = await startRecordingServer()
  const heard: AuthEvent[] = []
  const telemetry = createTelemetry()
  const onEvent = instrument((event: AuthEvent) => void heard.push(event), telemetry)
  const auth = createAuth('fake', async () => ({ 'x-proof': '1' }), { baseUrl: host.url, onEvent })
  await auth.fetch(`${host.url}/x`)
  onEvent({ type: 'store.failed', provider: 'fake', operation: 'claim', reason: 'timeout' })
  onEvent({ type: 'store.skipped', provider: 'fake', pauseMs: 1_000 })
  expect(heard.map(({ type }) => type)).toEqual([
    'request.signed',
    'request.finished',
    'store.failed',
    'store.skipped',
  ])
  expect(await telemetry.points('countersign.store.failures')).toEqual({
    unit: '{failure}',
    points: [
      {
        attributes: { ...provider, 'countersign.store.operation': 'claim', 'error.type': 'timeout' },
        value: 1,
      },
    ],
  })
  expect(await telemetry.points('countersign.store.pauses')).toEqual({
    unit: '{pause}',
    points: [{ attributes: provider, value: 1 }],
  })
})

test('a copy of an instrumented Auth is measured too', async () => {
  await using host = await startRecordingServer()
  const telemetry = createTelemetry()
  const { auth } = fakeSigner(host.url)
  const copy = { ...instrument(auth, telemetry) }
  await copy.fetch(`${host.url}/x`)
  expect((await telemetry.points('countersign.request.duration')).points).toMatchObject([{ count: 1 }])
})

test('an Auth is measured with its token source, whose listener is another one, or none', async () => {
  const clock = createFixedClock()
  const telemetry = createTelemetry()
  await using host = await startRecordingServer()
  const tokens = createTokenSource(
    async (_previous, { now }) => ({ value: new Secret('abc'), scheme: 'Bearer', expiresAt: now + 60_000 }),
    { id: 'fake', origin: host.url, clock },
  )
  const auth = instrument(createAuth('fake', tokens, { baseUrl: host.url, clock }), telemetry)
  await auth.fetch(`${host.url}/x`)
  expect((await telemetry.points('countersign.token.acquisitions')).points).toMatchObject([{ value: 1 }])
  expect((await telemetry.points('countersign.request.duration')).points).toMatchObject([{ count: 1 }])
})

test('a token source with the listener of its Auth is measured with it', async () => {
  const clock = createFixedClock()
  const telemetry = createTelemetry()
  await using host = await startRecordingServer()
  const onEvent = instrument(() => undefined, telemetry)
  const tokens = createTokenSource(
    async (_previous, { now }) => ({ value: new Secret('abc'), scheme: 'Bearer', expiresAt: now + 60_000 }),
    { id: 'fake', origin: host.url, clock, onEvent },
  )
  await createAuth('fake', tokens, { baseUrl: host.url, clock, onEvent }).fetch(`${host.url}/x`)
  expect((await telemetry.points('countersign.token.acquisitions')).points).toMatchObject([{ value: 1 }])
  expect((await telemetry.points('countersign.request.duration')).points).toMatchObject([{ count: 1 }])
})

test('what is instrumented twice is counted once, by each meter', async () => {
  await using host = await startRecordingServer()
  const [telemetry, other] = [createTelemetry(), createTelemetry()]
  const clock = createFixedClock()
  const onEvent = instrument(
    instrument(() => undefined, telemetry),
    telemetry,
  )
  const tokens = createTokenSource(
    async (_previous, { now }) => ({ value: new Secret('abc'), scheme: 'Bearer', expiresAt: now + 60_000 }),
    { id: 'fake', origin: host.url, clock },
  )
  const auth = createAuth('fake', tokens, { baseUrl: host.url, clock, onEvent })
  // The listener is measured already, the token source with a listener of its own is not.
  instrument(instrument(auth, telemetry), telemetry)
  instrument(auth, other)
  instrument({ ...auth }, other)
  await auth.fetch(`${host.url}/x`)
  for (const { points } of [telemetry, other]) {
    expect((await points('countersign.request.duration')).points).toMatchObject([{ count: 1 }])
    expect((await points('countersign.token.acquisitions')).points).toMatchObject([{ value: 1 }])
  }
})

test('without options too, what is instrumented twice is counted once', async () => {
  await using host = await startRecordingServer()
  const telemetry = createTelemetry()
  metrics.setGlobalMeterProvider({ getMeter: () => telemetry.meter })
  try {
    const auth = instrument(instrument(fakeSigner(host.url).auth))
    await auth.fetch(`${host.url}/x`)
    expect((await telemetry.points('countersign.request.duration')).points).toMatchObject([{ count: 1 }])
  } finally {
    metrics.disable()
  }
})

test('a meter that throws stops no request', async () => {
  await using host = await startRecordingServer()
  const { meter, tracer } = createTelemetry()
  const broken = {
    ...meter,
    createCounter: meter.createCounter.bind(meter),
    createHistogram: () => ({
      record() {
        throw new Error('the exporter is full')
      },
    }),
  }
  const auth = instrument(fakeSigner(host.url).auth, { meter: broken as never, tracer })
  expect((await auth.fetch(`${host.url}/x`)).status).toBe(200)
})

test.each([undefined, null, {}, 'auth', { fetch }])('%j is not something to instrument', (target) => {
  expect(() => instrument(target as never)).toThrow(
    expect.objectContaining({ code: 'CONFIG_INVALID', hint: expect.stringContaining('onEvent') }),
  )
})

test('without a provider of metrics and traces nothing is recorded and nothing fails', async () => {
  await using host = await startRecordingServer(numberedTokens())
  const auth = instrument(fakeClient(host.url).auth)
  expect((await auth.fetch(`${host.url}/x`)).status).toBe(200)
})
