import { createServer } from 'node:net'
import { RequestError } from '@countersign/core'
import { createOriginClock, exchangeToken } from '@countersign/core/provider'
import { type PlainAnswer, type RecordedRequest, startRecordingServer } from '@countersign/testing'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type FakeClient, failureOf, fakeClient, sorted, tokenResponse } from './fake-provider.ts'

const proofOf = (request: RecordedRequest) =>
  JSON.parse(request.body.toString()) as { proof: number; now: number }

test.each([400, 401, 403])(
  '%d of a token endpoint is TOKEN_REQUEST_REJECTED and not repeated',
  async (status) => {
    await using server = await startRecordingServer(() => ({
      status,
      headers: {
        'x-request-id': 'req-7',
        'www-authenticate': 'Basic realm="tokens", error_description="no such"',
      },
      body: '{"error":"invalid_client","error_description":"unknown"}',
    }))
    const { tokens } = fakeClient(server.url)
    const failure = await failureOf(tokens.get())
    expect(failure).toMatchObject({
      name: 'TokenError',
      code: 'TOKEN_REQUEST_REJECTED',
      provider: 'fake',
      retryable: false,
      status,
      providerCode: 'invalid_client',
      requestId: 'req-7',
      wwwAuthenticate: 'Basic realm="tokens", error_description="no such"',
    })
    expect((failure as Error).message).toMatch(
      new RegExp(`^fake: POST .*/token was answered ${status} invalid_client`),
    )
    expect(server.requests).toHaveLength(1)
  },
)

test('a refusal that is empty, cut off or not JSON is the same error without a provider code', async () => {
  for (const answer of [
    { status: 401, body: '<html>no', headers: { 'content-type': 'text/html' } },
    { status: 401, body: '{"error":"invalid', cutAfter: 5 },
    { status: 401, body: '' },
    { status: 401, body: '"text"' },
  ]) {
    await using server = await startRecordingServer(() => answer)
    const failure = await failureOf(fakeClient(server.url).tokens.get())
    expect(failure).toMatchObject({ code: 'TOKEN_REQUEST_REJECTED', status: 401 })
    expect((failure as Error).message).toContain('was answered 401.')
  }
})

test('a long body of a refusal is not cut in the middle of a character', async () => {
  await using server = await startRecordingServer(() => ({ status: 400, body: `"${'x'.repeat(16_383)}😀"` }))
  const { body = '' } = (await failureOf(fakeClient(server.url).tokens.get())) as { body?: string }
  expect(body).toHaveLength(16_383)
  expect(body.isWellFormed()).toBe(true)
})

test('a readError that throws does no harm', async () => {
  await using server = await startRecordingServer(() => ({ status: 400, body: 'null' }))
  const readError = (body: unknown) => ({ code: (body as { a: { b: string } }).a.b })
  const failure = await failureOf(fakeClient(server.url, { exchange: { readError } }).tokens.get())
  expect(failure).toMatchObject({ code: 'TOKEN_REQUEST_REJECTED', status: 400 })
})

test('another refusal, such as 404, is TOKEN_REQUEST_REJECTED too', async () => {
  await using server = await startRecordingServer(() => ({ status: 404 }))
  const failure = await failureOf(fakeClient(server.url).tokens.get())
  expect(failure).toMatchObject({ code: 'TOKEN_REQUEST_REJECTED', status: 404, retryable: false })
  expect(server.requests).toHaveLength(1)
})

test('a refusal of a renewal has the code that the provider gives it', async () => {
  await using server = await startRecordingServer(() => ({ status: 400 }))
  const exchange = { rejectedCode: 'TOKEN_REFRESH_REJECTED' } as const
  const failure = await failureOf(fakeClient(server.url, { exchange }).tokens.get())
  expect(failure).toMatchObject({ code: 'TOKEN_REFRESH_REJECTED' })
})

test.each([500, 502, 503, 429])('%d is tried again with a new proof', async (status) => {
  await using server = await startRecordingServer((_request, count) =>
    count === 1 ? { status, headers: { 'retry-after': '0' } } : tokenResponse('the-token'),
  )
  const { tokens } = fakeClient(server.url)
  expect((await tokens.get()).value.reveal()).toBe('the-token')
  expect(server.requests.map(proofOf).map(({ proof }) => proof)).toEqual([1, 2])
})

test('a busy endpoint is called three times, then it is an error that may be retried', async () => {
  await using server = await startRecordingServer(() => ({ status: 503 }))
  const { tokens, auth } = fakeClient(server.url)
  expect(await failureOf(tokens.get())).toMatchObject({
    code: 'TOKEN_REQUEST_REJECTED',
    retryable: true,
    status: 503,
  })
  expect(server.requests.map(proofOf).map(({ proof }) => proof)).toEqual([1, 2, 3])
  const failure = await failureOf(auth.api.get('x').json())
  expect(failure).toMatchObject({ code: 'TOKEN_REQUEST_REJECTED' })
  expect(server.requests, 'api does not repeat what was repeated').toHaveLength(6)
})

test('a longer Retry-After ends the attempts', async () => {
  for (const wait of ['60', new Date(Date.UTC(2026, 0, 2, 4)).toUTCString()]) {
    await using server = await startRecordingServer(() => ({ status: 429, headers: { 'retry-after': wait } }))
    const failure = await failureOf(fakeClient(server.url).tokens.get())
    expect(failure).toMatchObject({ code: 'TOKEN_REQUEST_REJECTED', retryable: true, status: 429 })
    expect(server.requests).toHaveLength(1)
  }
})

test('a token call without a response is made again with a new proof, and then ends in TIMEOUT', async () => {
  const proofs: unknown[] = []
  const send: typeof fetch = (_input, init) => {
    proofs.push(JSON.parse(String(init?.body)).proof)
    return new Promise(() => undefined)
  }
  const exchange = { fetch: send, timeoutMs: 60 }
  const failure = await failureOf(fakeClient('https://fake.example', { exchange }).tokens.get())
  expect(failure).toMatchObject({ name: 'RequestError', code: 'TIMEOUT', retryable: true, provider: 'fake' })
  expect((failure as Error).message).toContain('no response within 0.06 s')
  expect(proofs).toEqual([1, 2, 3])
})

describe('with timers that the test moves', () => {
  beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }))
  afterEach(() => void vi.useRealTimers())

  /** A fetch whose calls the test answers, and when each was made. */
  function answeredBy(answer: (call: number) => Promise<Response>) {
    const begin = performance.now()
    const proofs: number[] = []
    const times: number[] = []
    const send: typeof fetch = async (_input, init) => {
      const { proof } = JSON.parse(String(init?.body)) as { proof: number }
      times.push(performance.now() - begin)
      proofs.push(proof)
      return answer(proofs.length)
    }
    return { proofs, times, send, passed: () => performance.now() - begin }
  }
  const never = () => new Promise<Response>(() => undefined)

  /** Moves the timers until the promise is settled. */
  async function settled(promise: Promise<unknown>): Promise<unknown> {
    let outcome: { value: unknown } | undefined
    const keep = (value: unknown) => {
      outcome = { value }
    }
    promise.then(keep, keep)
    while (outcome === undefined) {
      await new Promise(setImmediate)
      if (outcome === undefined) await vi.advanceTimersToNextTimerAsync()
    }
    return outcome.value
  }

  test('no response within 15 s per attempt and 45 s over all of them is TIMEOUT', async () => {
    const { proofs, times, send, passed } = answeredBy(never)
    const { tokens } = fakeClient('https://fake.example', { exchange: { fetch: send } })
    expect(await settled(tokens.get())).toMatchObject({
      code: 'TIMEOUT',
      retryable: true,
      endpoint: 'token',
      problem: 'POST https://fake.example/token got no response within 45 s.',
    })
    expect(passed()).toBe(45_000)
    expect(proofs).toEqual([1, 2, 3])
    expect(times[1]).toBeGreaterThan(15_000)
    expect(times[1]).toBeLessThanOrEqual(15_250)
    expect(vi.getTimerCount()).toBe(0)
  })

  test('a response to a later attempt is the token', async () => {
    const token = async () => Response.json({ access_token: 'late-token', expires_in: 600 })
    const { proofs, send } = answeredBy((call) => (call < 3 ? never() : token()))
    const { tokens } = fakeClient('https://fake.example', { exchange: { fetch: send } })
    expect(await settled(tokens.get())).toMatchObject({ scheme: 'Bearer' })
    expect(proofs).toEqual([1, 2, 3])
  })

  test('no attempt begins after the total limit, and the last error is thrown', async () => {
    const busy = () =>
      new Promise<Response>((resolve) =>
        setTimeout(() => resolve(new Response('', { status: 503, headers: { 'retry-after': '2' } })), 10_000),
      )
    const { proofs, send, passed } = answeredBy(busy)
    const exchange = { fetch: send, attempts: 9, totalTimeoutMs: 23_000 }
    const { tokens } = fakeClient('https://fake.example', { exchange })
    expect(await settled(tokens.get())).toMatchObject({ code: 'TOKEN_REQUEST_REJECTED', status: 503 })
    expect(proofs).toEqual([1, 2])
    expect(passed()).toBe(22_000)
  })

  test('Retry-After is waited for, in seconds and as a date', async () => {
    const date = (seconds: number) => new Date(Date.UTC(2026, 0, 2, 3, 4, seconds)).toUTCString()
    for (const headers of [{ 'retry-after': '1' }, { 'retry-after': date(6), date: date(5) }] as Record<
      string,
      string
    >[]) {
      const token = () => Response.json({ access_token: 'the-token', expires_in: 600 })
      const { times, send } = answeredBy(async (call) =>
        call === 1 ? new Response(null, { status: 429, headers }) : token(),
      )
      await settled(fakeClient('https://fake.example', { exchange: { fetch: send } }).tokens.get())
      expect(times).toEqual([0, 1_000])
    }
  })

  test('a pause between attempts counts, and Retry-After is obeyed within the limit', async () => {
    const { times, send } = answeredBy(async (call) =>
      call === 1 ? new Response('', { status: 429, headers: { 'retry-after': '3' } }) : never(),
    )
    const exchange = { fetch: send, attempts: 2, totalTimeoutMs: 10_000 }
    const { tokens } = fakeClient('https://fake.example', { exchange })
    expect(await settled(tokens.get())).toMatchObject({
      code: 'TIMEOUT',
      problem: expect.stringContaining('within 10 s'),
    })
    expect(times).toEqual([0, 3_000])
  })
})

/** Resets every connection once a request has come in whole. */
async function startResettingServer() {
  const proofs: number[] = []
  const server = createServer((socket) => {
    let text = ''
    socket.on('error', () => undefined)
    socket.on('data', (piece) => {
      text += String(piece)
      const body = /\{"proof":(\d+),"now":\d+\}$/.exec(text)
      if (body === null) return
      proofs.push(Number(body[1]))
      socket.resetAndDestroy()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return {
    proofs,
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    [Symbol.asyncDispose]: () => new Promise<void>((resolve) => server.close(() => resolve())),
  }
}

describe.concurrent.each<[string, (client: FakeClient, url: string) => Promise<unknown>]>([
  ['token()', ({ tokens }) => tokens.get()],
  ['fetch', ({ auth }, url) => auth.fetch(`${url}/x`)],
  ['api', ({ auth }) => auth.api.get('x').json()],
  ['api with five retries', ({ auth }) => auth.api.get('x', { retry: 5 }).json()],
])('%s repeats a token request three times, each with a new proof:', (_name, call) => {
  test.each<[string, PlainAnswer]>([
    ['503', { status: 503 }],
    ['429 with Retry-After', { status: 429, headers: { 'retry-after': '1' } }],
  ])('%s', async (_what, answer) => {
    await using server = await startRecordingServer(() => answer)
    const failure = await failureOf(call(fakeClient(server.url), server.url))
    expect(failure).toMatchObject({ code: 'TOKEN_REQUEST_REJECTED', retryable: true })
    expect(server.requests.map(({ target }) => target)).toEqual(['/token', '/token', '/token'])
    expect(server.requests.map(proofOf).map(({ proof }) => proof)).toEqual([1, 2, 3])
  })

  test('a connection that is reset', async () => {
    await using server = await startResettingServer()
    const failure = await failureOf(call(fakeClient(server.url), server.url))
    expect(failure).toMatchObject({ code: 'NETWORK', retryable: true, endpoint: 'token' })
    expect(server.proofs).toEqual([1, 2, 3])
  })

  test.each(['NETWORK', 'TIMEOUT'] as const)('%s thrown by the given `fetch`', async (code) => {
    const error = new RequestError(code, 'The proxy is busy.', { retryable: true, hint: 'Wait.' })
    const proofs: unknown[] = []
    const send: typeof fetch = async (_input, init) => {
      proofs.push(JSON.parse(String(init?.body)).proof)
      throw error
    }
    const client = fakeClient('https://fake.example', { auth: { fetch: send }, exchange: { fetch: send } })
    const failure = await failureOf(call(client, 'https://fake.example'))
    expect({ ...(failure as object) }).toStrictEqual({ ...error, endpoint: 'token' })
    expect(proofs).toEqual([1, 2, 3])
  })
})

test('a fetch that ignores its signal cannot delay a token call', async () => {
  const fetch = () => new Promise<Response>(() => undefined)
  const failure = await failureOf(
    fakeClient('https://fake.example', { exchange: { fetch, timeoutMs: 30 } }).tokens.get(),
  )
  expect(failure).toMatchObject({ code: 'TIMEOUT' })
})

async function closedPort(): Promise<string> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`
}

test('a refused connection is NETWORK, retryable, and says so; api does not repeat it a second time', async () => {
  const url = await closedPort()
  let calls = 0
  const counting: typeof fetch = (input, init) => {
    calls += 1
    return fetch(input, init)
  }
  const { tokens, auth } = fakeClient(url, { exchange: { fetch: counting } })
  const failure = await failureOf(tokens.get())
  expect(failure).toMatchObject({ name: 'RequestError', code: 'NETWORK', retryable: true })
  expect((failure as Error).message).toContain('ECONNREFUSED')
  expect(calls).toBe(3)
  expect(await failureOf(auth.api.get('x').json())).toMatchObject({ code: 'NETWORK' })
  expect(calls).toBe(6)
})

test('api repeats a request that was not answered', async () => {
  await using server = await startRecordingServer(() => tokenResponse('the-token'))
  let sent = 0
  const failing: typeof fetch = async (input, init) => {
    sent += 1
    if (sent < 3) throw new TypeError('fetch failed', { cause: new Error('reset') })
    return fetch(input, init)
  }
  const { auth } = fakeClient(server.url, { auth: { fetch: failing }, exchange: { fetch } })
  await auth.api.get('x', { retry: { delay: () => 1 } })
  expect(sent).toBe(3)
  expect(sorted(server).api).toHaveLength(1)
})

test('connection timeouts of the platform are TIMEOUT', async () => {
  for (const code of ['UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'ETIMEDOUT']) {
    const fetch = async () => {
      throw new TypeError('fetch failed', { cause: Object.assign(new Error('slow'), { code }) })
    }
    const { auth, tokens } = fakeClient('https://fake.example', {
      auth: { fetch },
      exchange: { attempts: 1 },
    })
    expect(await failureOf(tokens.get())).toMatchObject({ code: 'TIMEOUT', retryable: true })
    expect(await failureOf(auth.fetch('https://fake.example/x'))).toMatchObject({ code: 'TIMEOUT' })
  }
})

test.each([301, 302, 303, 307, 308])(
  '%d of a token endpoint is REDIRECT_REFUSED; the target is never called',
  async (status) => {
    await using other = await startRecordingServer()
    await using server = await startRecordingServer(() => ({
      status,
      headers: { location: `${other.url}/token` },
    }))
    const failure = await failureOf(fakeClient(server.url).tokens.get())
    expect(failure).toMatchObject({ code: 'REDIRECT_REFUSED', status, retryable: false })
    expect((failure as Error).message).toContain(other.url)
    expect(server.requests).toHaveLength(1)
    expect(other.requests).toEqual([])
  },
)

test('a token endpoint of plain http off loopback, or no URL at all, is refused before anything is built', async () => {
  let built = 0
  const exchange = (url: string) =>
    exchangeToken({
      provider: 'fake',
      url,
      clock: createOriginClock(),
      build: async () => {
        built += 1
        return { headers: {}, body: '', secrets: [] }
      },
      response: {
        scheme: 'Bearer',
        expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 60 },
      },
    })
  expect(await failureOf(exchange('http://fake.example/token'))).toMatchObject({ code: 'INSECURE_URL' })
  expect(await failureOf(exchange('/token'))).toMatchObject({ code: 'CONFIG_INVALID' })
  expect(await failureOf(exchange('https://user:pass@fake.example/token'))).toMatchObject({
    code: 'CONFIG_INVALID',
  })
  expect(built).toBe(0)
})

const httpDate = (ms: number) => new Date(ms).toUTCString()
const start = Date.UTC(2026, 0, 2, 3, 4, 5)

test.each([400, 401, 403])(
  '%d with a Date that differs is learned and the call made once more',
  async (status) => {
    await using server = await startRecordingServer((request) =>
      request.target !== '/token' || proofOf(request).now > start + 50_000
        ? tokenResponse('the-token')
        : { status, headers: { date: httpDate(start + 60_000) } },
    )
    const { tokens, events, clock } = fakeClient(server.url)
    const token = await tokens.get()
    expect(server.requests.map(proofOf)).toEqual([
      { proof: 1, now: start },
      { proof: 2, now: start + 60_000 },
    ])
    expect(events).toMatchObject([
      { type: 'clock.adjusted', provider: 'fake', origin: server.url, offsetMs: 60_000 },
      { type: 'token.retried', attempt: 2, waitMs: 0, status, code: 'TOKEN_REQUEST_REJECTED' },
      { type: 'token.acquired', expiresAt: start + 660_000 },
    ])
    expect(token.expiresAt).toBe(start + 660_000)
    // By the server's clock the token is stale after 540 s of its life, and that clock is followed.
    clock.advance(539_999)
    await tokens.get()
    expect(server.requests).toHaveLength(2)
    clock.advance(60_001)
    await tokens.get()
    expect(server.requests).toHaveLength(3)
  },
)

test('a refusal that persists after the clock was adjusted is called twice, even when the Date moves', async () => {
  for (const step of [60_000, 600_000]) {
    await using server = await startRecordingServer((_request, count) => ({
      status: 401,
      headers: { date: httpDate(start + step * count) },
    }))
    expect(await failureOf(fakeClient(server.url).tokens.get())).toMatchObject({
      code: 'TOKEN_REQUEST_REJECTED',
    })
    expect(server.requests).toHaveLength(2)
  }
})

test('a difference learned costs none of the attempts for a busy server', async () => {
  await using server = await startRecordingServer((_request, count) =>
    count === 1
      ? { status: 401, headers: { date: httpDate(start - 60_000) } }
      : { status: count < 4 ? 503 : 200, body: tokenResponse('the-token').body ?? '' },
  )
  const { tokens } = fakeClient(server.url)
  expect((await tokens.get()).value.reveal()).toBe('the-token')
  expect(server.requests).toHaveLength(4)
})

test('a Date within 5 s, a missing Date, or one in a 500 does not cause another call', async () => {
  for (const headers of [
    { date: httpDate(start + 5_000) },
    { date: httpDate(start - 5_000) },
    { date: 'soon' },
    {},
  ]) {
    await using server = await startRecordingServer(() => ({
      status: 401,
      headers: headers as Record<string, string>,
    }))
    const { tokens, events } = fakeClient(server.url)
    await failureOf(tokens.get())
    expect(server.requests).toHaveLength(1)
    expect(events.map(({ type }) => type)).toEqual(['token.failed'])
  }
  await using server = await startRecordingServer(() => ({
    status: 500,
    headers: { date: httpDate(start + 99_000) },
  }))
  const { tokens, events } = fakeClient(server.url)
  await failureOf(tokens.get())
  expect(events.map(({ type }) => type)).toEqual(['token.retried', 'token.retried', 'token.failed'])
  expect(
    sorted(server)
      .token.map(proofOf)
      .map(({ now }) => now),
  ).toEqual([start, start, start])
})

test('an exchange that is given up while its request is built sends nothing', async () => {
  await using server = await startRecordingServer(() => tokenResponse('unwanted'))
  const controller = new AbortController()
  const reason = new Error('given up')
  const exchange = exchangeToken({
    provider: 'fake',
    url: `${server.url}/token`,
    clock: createOriginClock(),
    signal: controller.signal,
    async build() {
      controller.abort(reason)
      return { headers: {}, secrets: [] }
    },
    response: {
      scheme: 'Bearer',
      expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 600 },
    },
  })
  expect(await failureOf(exchange)).toBe(reason)
  expect(server.requests).toEqual([])
})

test('an exchange that is given up between two attempts leaves no timer behind', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers())
  const controller = new AbortController()
  const reason = new Error('given up')
  const outcome = failureOf(
    exchangeToken({
      provider: 'fake',
      url: 'https://fake.example/token',
      fetch: async () => new Response('', { status: 503 }),
      clock: createOriginClock(),
      signal: controller.signal,
      build: async () => ({ headers: {}, secrets: [] }),
      response: {
        scheme: 'Bearer',
        expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 600 },
      },
    }),
  )
  for (let turn = 0; turn < 20; turn++) await new Promise(setImmediate)
  expect(vi.getTimerCount()).toBe(1)
  controller.abort(reason)
  expect(await outcome).toBe(reason)
  expect(vi.getTimerCount()).toBe(0)
})
