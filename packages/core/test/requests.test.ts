import { createAuth, Secret, type TokenAuth, type TokenSource } from '@countersign/core'
import { createOriginClock } from '@countersign/core/provider'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { deferred, failureOf, fakeClient, fakeSigner, numberedTokens, sorted } from './fake-provider.ts'

const start = createFixedClock().now()
const dateIn = (ms: number) => ({ date: new Date(start + ms).toUTCString() })
const both = (url: string) => [fakeSigner(url).auth, fakeClient(url).auth]
const day = 24 * 3_600_000
const form = () => {
  const data = new FormData()
  data.append('name', 'value')
  return data
}

test('a clock never moves further than 24 h from the local clock, in one step or in many', () => {
  const clock = createOriginClock(createFixedClock(start))
  const origin = 'https://a.example'
  expect(clock.learn(origin, dateIn(12 * 365 * day).date)).toBeUndefined()
  expect(clock.learn(origin, dateIn(23 * 3_600_000).date)).toBe(23 * 3_600_000)
  expect(clock.learn(origin, dateIn(46 * 3_600_000).date)).toBeUndefined()
  expect(clock.learn(origin, dateIn(-day - 1_000).date)).toBeUndefined()
  expect(clock.offset(origin)).toBe(23 * 3_600_000)
  expect(clock.learn(origin, dateIn(day).date)).toBe(day)
})

test('a Date in 2038 makes no post-dated proof: fetch resolves with the 401, errors name both times', async () => {
  const date = 'Tue, 19 Jan 2038 03:14:07 GMT'
  const hint = expect.stringMatching(/2038-01-19T03:14:07\.000Z.*2026-01-02T03:04:05\.000Z/)
  await using server = await startRecordingServer(numberedTokens(() => ({ status: 401, headers: { date } })))
  const { auth, calls, events } = fakeSigner(server.url)
  expect((await auth.fetch(`${server.url}/x`)).status).toBe(401)
  expect(await failureOf(auth.api.get('x'))).toMatchObject({ code: 'HTTP_STATUS', status: 401, hint })
  expect(calls.map(({ now }) => now)).toEqual([start, start])
  expect(events.map(({ type }) => type)).toEqual(['request.signed', 'request.signed'])

  await using refusing = await startRecordingServer(() => ({ status: 401, headers: { date }, body: '{}' }))
  const client = fakeClient(refusing.url)
  expect(await failureOf(client.auth.fetch(`${refusing.url}/x`))).toMatchObject({
    code: 'TOKEN_REQUEST_REJECTED',
    hint,
  })
  expect(refusing.requests).toHaveLength(1)
})

class Disguised extends Request {
  override get url() {
    return this.headers.get('x-disguise') ?? super.url
  }
}

test('a bearer goes to the address that was judged, whatever a Request says about itself', async () => {
  await using server = await startRecordingServer(numberedTokens())
  await using other = await startRecordingServer()
  for (const auth of both(server.url)) {
    const inside = new Disguised(`${other.url}/x`, { headers: { 'x-disguise': `${server.url}/x` } })
    expect(await failureOf(auth.fetch(inside))).toMatchObject({ code: 'ORIGIN_REFUSED' })
    const own = new Request(`${other.url}/x`)
    Object.defineProperty(own, 'url', { value: `${server.url}/x` })
    expect(await failureOf(auth.fetch(own))).toMatchObject({ code: 'ORIGIN_REFUSED' })
    let reads = 0
    const changing = {
      get url() {
        reads += 1
        return reads === 1 ? `${server.url}/x` : `${other.url}/x`
      },
      toString: () => `${other.url}/x`,
    }
    expect((await auth.fetch(changing as unknown as Request)).status).toBe(200)
  }
  expect(other.requests).toEqual([])
  expect(sorted(server).api).toHaveLength(2)
})

test('fifty first calls under a clock difference succeed with at most one more attempt each', async () => {
  const first = deferred()
  await using server = await startRecordingServer(async (request, count) => {
    const { now } = JSON.parse(Buffer.from(request.header('x-proof') ?? 'e30=', 'base64').toString()) as {
      now?: number
    }
    // The first refusal teaches the clock while others are still on their way.
    if (count === 1) first.resolve()
    return now === start + 600_000 ? {} : { status: 401, headers: dateIn(600_000) }
  })
  const clock = createOriginClock(createFixedClock(start))
  const origin = new URL(server.url).origin
  let tokens = 0
  const held: PromiseWithResolvers<void>[] = []
  const source: TokenSource = {
    reuse: false,
    current: () => undefined,
    async get() {
      tokens += 1
      const now = clock.now(origin)
      const mine = deferred()
      if (tokens > 1 && tokens <= 50) held.push(mine)
      else mine.resolve()
      await mine.promise
      return token(now)
    },
    refuse: () => undefined,
    renew: async () => token(clock.now(origin)),
    invalidate: async () => undefined,
  }
  const token = (now: number) => {
    const value = Buffer.from(JSON.stringify({ now })).toString('base64')
    return { value: new Secret(value), scheme: 'Bearer', issuedAt: now, expiresAt: now + 60_000 }
  }
  const carrying: typeof fetch = (input, init) => {
    const headers = new Headers(init?.headers)
    headers.set('x-proof', headers.get('authorization')?.replace('Bearer ', '') ?? '')
    return fetch(input, { ...init, headers })
  }
  const auth = createAuth('fake', source, { baseUrl: server.url, clock, fetch: carrying })
  const calls = Array.from({ length: 50 }, () => auth.fetch(`${server.url}/x`))
  await calls[0]
  for (const { resolve } of held) resolve()
  const statuses = (await Promise.all(calls)).map(({ status }) => status)
  expect(new Set(statuses)).toEqual(new Set([200]))
  expect(server.requests.length).toBeLessThanOrEqual(100)
})

/** An implementation that knows no Request, Headers or FormData but its own. */
function otherImplementation() {
  const inputs: unknown[] = []
  const send = (async (input: unknown, init: RequestInit) => {
    inputs.push(input)
    if (typeof input !== 'string') throw new TypeError(`Failed to parse URL from ${String(input)}`)
    const body = init.body instanceof FormData ? String(init.body) : init.body
    return fetch(input, { ...init, body } as RequestInit)
  }) as typeof fetch
  return { send, inputs }
}

test('another implementation of fetch gets a URL and options, from api and from a Request', async () => {
  await using server = await startRecordingServer(numberedTokens())
  const { send, inputs } = otherImplementation()
  for (const { auth } of [
    fakeSigner(server.url, { fetch: send }),
    fakeClient(server.url, { auth: { fetch: send } }),
  ]) {
    expect(await auth.api.get('a', { headers: { 'x-kept': '1' } }).json()).toEqual({})
    await auth.api.post('b', { json: { b: 1 } })
    await auth.fetch(new Request(`${server.url}/c`, { method: 'PUT', body: 'c' }))
  }
  const sent = sorted(server).api.map(({ method, target, body, header }) => [
    ...[method, target, body.toString(), header('x-kept'), header('content-type'), header('content-length')],
  ])
  const expected = [
    ['GET', '/a', '', '1', undefined, undefined],
    ['POST', '/b', '{"b":1}', undefined, 'application/json', '7'],
    ['PUT', '/c', 'c', undefined, 'text/plain;charset=UTF-8', '1'],
  ]
  expect(sent).toEqual([...expected, ...expected])
  expect(inputs.every((input) => typeof input === 'string')).toBe(true)
})

test('a form, a blob and parameters of another implementation are sent as what they hold', async () => {
  await using server = await startRecordingServer(numberedTokens())
  // Objects with the members of the standard and of no class that the platform knows.
  const foreign = (tag: string, members: object) =>
    Object.assign(Object.create(null) as object, members, {
      [Symbol.toStringTag]: tag,
    }) as unknown as BodyInit
  const blob = new Blob(['content'], { type: 'text/csv' })
  const file = foreign('File', {
    type: blob.type,
    size: 7,
    name: 'a.csv',
    arrayBuffer: () => blob.arrayBuffer(),
  })
  const entries = [
    ['name', 'value'],
    ['file', file],
  ]
  const form = foreign('FormData', {
    values: () => entries.map(([, value]) => value).values(),
    [Symbol.iterator]: () => entries.values(),
  })
  const parameters = foreign('URLSearchParams', { toString: () => 'a=b' })
  for (const { auth } of [fakeSigner(server.url), fakeClient(server.url)]) {
    for (const body of [form, file, parameters]) await auth.fetch(`${server.url}/x`, { method: 'POST', body })
  }
  const sent = sorted(server).api.map(({ body, header }) => [
    header('content-type')?.replace(/boundary=.*/, ''),
    body.toString().includes('name="file"; filename="a.csv"\r\nContent-Type: text/csv\r\n\r\ncontent') ||
      body.toString(),
  ])
  const expected = [
    ['multipart/form-data; ', true],
    ['text/csv', 'content'],
    ['application/x-www-form-urlencoded;charset=UTF-8', 'a=b'],
  ]
  expect(sent).toEqual([...expected, ...expected])
})

test('another implementation of fetch gets a form as bytes, with its boundary', async () => {
  await using server = await startRecordingServer(numberedTokens())
  const { send } = otherImplementation()
  const { auth } = fakeClient(server.url, { auth: { fetch: send } })
  const form = new FormData()
  form.append('name', 'value')
  await auth.fetch(`${server.url}/x`, { method: 'POST', body: form })
  const [request] = sorted(server).api
  const boundary = /^multipart\/form-data; boundary=(.+)$/.exec(request?.header('content-type') ?? '')?.[1]
  expect(request?.body.toString()).toContain(`--${boundary}\r\nContent-Disposition: form-data; name="name"`)
})

test('a locked Request and one of another realm are typed errors, or are sent', async () => {
  await using server = await startRecordingServer(numberedTokens())
  for (const auth of both(server.url)) {
    const locked = new Request(`${server.url}/x`, { method: 'POST', body: 'x' })
    locked.body?.getReader()
    expect(await failureOf(auth.fetch(locked))).toMatchObject({ code: 'BODY_NOT_REPLAYABLE' })
    const stream = new Blob(['x']).stream()
    stream.getReader()
    expect(await failureOf(auth.fetch(`${server.url}/x`, { method: 'POST', body: stream }))).toMatchObject({
      code: 'BODY_NOT_REPLAYABLE',
    })
    const foreign = { url: `${server.url}/foreign`, method: 'POST', headers: { 'x-a': '1' }, body: 'text' }
    await auth.fetch(foreign as unknown as Request)
    expect(await failureOf(auth.fetch({} as Request))).toMatchObject({ code: 'CONFIG_INVALID' })
  }
  expect(
    sorted(server).api.map(({ target, body, header }) => [target, body.toString(), header('x-a')]),
  ).toEqual([
    ['/foreign', 'text', '1'],
    ['/foreign', 'text', '1'],
  ])
})

test('a 401 on a stream marks the token as refused: the next upload has a new one', async () => {
  await using server = await startRecordingServer(
    numberedTokens(({ header }) => ({ status: header('authorization')?.endsWith('-1') ? 401 : 200 })),
  )
  const { auth } = fakeClient(server.url)
  const upload = () => auth.fetch(`${server.url}/x`, { method: 'POST', body: new Blob(['once']).stream() })
  expect((await upload()).status).toBe(401)
  expect(sorted(server).token, 'nothing is acquired for nobody').toHaveLength(1)
  expect((await upload()).status).toBe(200)
  expect(sorted(server).token).toHaveLength(2)
})

test.each<[string, RequestInit]>([
  ['transfer-encoding', { headers: { 'Transfer-Encoding': 'chunked' } }],
  ['keep-alive', { headers: [['keep-alive', 'timeout=5']] }],
  ['expect', { headers: new Headers({ expect: '100-continue' }) }],
  ['upgrade', { headers: { upgrade: 'websocket' } }],
  ['connection: upgrade', { headers: { connection: 'Upgrade' } }],
  [
    'a content-length that is too small',
    { method: 'POST', body: '12345', headers: { 'content-length': '4' } },
  ],
  [
    'a content-length of a form',
    { method: 'POST', body: new FormData(), headers: { 'content-length': '5' } },
  ],
  [
    'a content-length that is too large',
    { method: 'POST', body: new Uint8Array(3), headers: { 'content-length': '9' } },
  ],
  ['a content-length without a body', { headers: { 'content-length': '9' } }],
  [
    'a content-length that is not a number',
    { method: 'POST', body: 'x', headers: { 'content-length': 'x' } },
  ],
])('%s is CONFIG_INVALID and is not retried', async (_what, init) => {
  await using server = await startRecordingServer(numberedTokens())
  const attempts: string[] = []
  const counting: typeof fetch = (input, options) => {
    attempts.push(String(input))
    return fetch(input, options)
  }
  for (const { auth } of [
    fakeSigner(server.url, { fetch: counting }),
    fakeClient(server.url, { auth: { fetch: counting } }),
  ]) {
    const failure = await failureOf(auth.fetch(`${server.url}/x`, init))
    expect(failure).toMatchObject({ code: 'CONFIG_INVALID', retryable: false })
  }
  expect(attempts.filter((url) => url.endsWith('/x'))).toEqual([])
})

test.each([
  ['a form with a content-type', () => form(), { 'Content-Type': 'multipart/form-data' }],
  ['a form with a content-type of Headers', () => form(), new Headers({ 'content-type': 'text/plain' })],
])('%s is CONFIG_INVALID, from fetch and api', async (_what, body, headers) => {
  await using server = await startRecordingServer(numberedTokens())
  for (const auth of both(server.url)) {
    const refused = { code: 'CONFIG_INVALID', hint: expect.stringContaining('boundary') }
    const init = { method: 'POST', body: body(), headers }
    expect(await failureOf(auth.fetch(`${server.url}/x`, init))).toMatchObject(refused)
    expect(await failureOf(auth.api.post('x', init))).toMatchObject(refused)
    expect(await failureOf(auth.api.post('x', init).json())).toMatchObject(refused)
    await auth.api.extend({ headers: { 'x-kept': '1' } }).post('y', {
      body: body(),
      headers: { 'content-type': undefined },
    })
  }
  expect(sorted(server).api.map(({ target, header }) => [target, header('content-type')])).toEqual([
    ['/y', expect.stringContaining('boundary=')],
    ['/y', expect.stringContaining('boundary=')],
  ])
})

test.each([
  ['a form', () => form()],
  ['a text', () => 'four'],
  ['bytes', () => new Uint8Array(4)],
  ['a stream', () => new Blob(['four']).stream()],
])(
  'a wrong content-length of %s in a Request or in `api` is CONFIG_INVALID, and nothing is sent',
  async (_what, body) => {
    await using server = await startRecordingServer(numberedTokens())
    for (const auth of both(server.url)) {
      for (const length of ['3', '9999']) {
        const init = { method: 'PUT', body: body(), headers: { 'content-length': length } }
        const refused = { code: 'CONFIG_INVALID', message: expect.stringContaining('`content-length`') }
        const request = new Request(`${server.url}/x`, { ...init, duplex: 'half' } as RequestInit)
        expect(await failureOf(auth.fetch(request))).toMatchObject(refused)
        const again = { ...init, body: body() }
        expect(await failureOf(auth.api.put('x', again).json())).toMatchObject(refused)
        expect(await failureOf(auth.api.put('x', { ...again, body: body(), retry: 0 }))).toMatchObject(
          refused,
        )
      }
      const right = { method: 'PUT', body: 'four', headers: { 'content-length': '4' } }
      await auth.fetch(new Request(`${server.url}/y`, right))
      await auth.api.put('y', right)
    }
    const sent = sorted(server).api.map(({ target, body: text, header }) => [
      ...[target, text.toString(), header('content-length')],
    ])
    expect(sent).toEqual(Array.from({ length: 4 }, () => ['/y', 'four', '4']))
  },
)

test('headers that the platform takes are sent, a right content-length among them', async () => {
  await using server = await startRecordingServer(numberedTokens())
  for (const auth of both(server.url)) {
    const headers = { connection: 'close', 'content-length': '4' }
    await auth.fetch(`${server.url}/x`, { method: 'POST', body: 'four', headers })
  }
  expect(sorted(server).api.map(({ body, header }) => [body.toString(), header('content-length')])).toEqual([
    ['four', '4'],
    ['four', '4'],
  ])
})

test('a stream body needs no duplex option', async () => {
  await using server = await startRecordingServer(numberedTokens())
  for (const auth of both(server.url))
    await auth.fetch(`${server.url}/x`, { method: 'POST', body: new Blob(['text']).stream() })
  expect(sorted(server).api.map(({ body }) => body.toString())).toEqual(['text', 'text'])
})

test('json() on a 204 gives undefined, on an empty or wrong body RESPONSE_INVALID', async () => {
  await using server = await startRecordingServer(
    numberedTokens(({ target }) => ({
      status: target === '/none' ? 204 : 200,
      body: target === '/page' ? '<html>sign in</html>' : '',
    })),
  )
  for (const { api } of both(server.url)) {
    expect(await api.delete('none').json()).toBeUndefined()
    expect(await (await api.get('none')).json()).toBeUndefined()
    for (const path of ['empty', 'page']) {
      const invalid = { code: 'RESPONSE_INVALID', status: 200, retryable: false }
      expect(await failureOf(api.get(path).json())).toMatchObject(invalid)
      expect(await failureOf((await api.get(path)).json())).toMatchObject(invalid)
    }
  }
})

test.each<[string, Record<string, string>]>([
  ['Retry-After in seconds', { 'retry-after': '3600' }],
  ['Retry-After as a date', { 'retry-after': new Date(start + 3_600_000).toUTCString() }],
  ['RateLimit-Reset', { 'ratelimit-reset': '11' }],
])('api does not wait for a %s of more than 10 s: it throws at once, retryable', async (_what, headers) => {
  await using server = await startRecordingServer(numberedTokens(() => ({ status: 429, headers })))
  for (const { api } of both(server.url)) {
    const failure = await failureOf(api.get('x'))
    expect(failure).toMatchObject({ code: 'HTTP_STATUS', status: 429, retryable: true })
    expect((failure as { hint: string }).hint).toMatch(/^Try again in (3600|11) s; `retry\.maxRetryAfter`/)
  }
  expect(sorted(server).api).toHaveLength(2)
})

test.each([
  ['400 digits', '9'.repeat(400)],
  ['30 digits', '9'.repeat(30)],
  ['11 digits', '9'.repeat(11)],
  ['a date of the year 9999', 'Fri, 31 Dec 9999 23:59:59 GMT'],
])('a Retry-After of more than a year is named without its number: %s', async (_what, after) => {
  await using server = await startRecordingServer(
    numberedTokens(() => ({ status: 429, headers: { 'retry-after': after } })),
  )
  for (const { api } of both(server.url)) {
    const { hint } = (await failureOf(api.get('x'))) as { hint: string }
    expect(hint).toMatch(/^Try again in more than a year; `retry\.maxRetryAfter`/)
  }
  expect(sorted(server).api).toHaveLength(2)
})

test('a caller who raises retry.maxRetryAfter, a ky option, is obeyed', async () => {
  const fetch = vi.fn(async () => new Response(null, { status: 503, headers: { 'retry-after': '11' } }))
  const { api } = fakeSigner('https://fake.example', { fetch }).auth
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  let failure: unknown
  api.get('x', { retry: { maxRetryAfter: 20_000 }, totalTimeout: 5_000 }).catch((error: unknown) => {
    failure = error
  })
  while (failure === undefined) {
    await new Promise(setImmediate)
    // The response is there first.
    if (fetch.mock.calls.length > 0) await vi.advanceTimersToNextTimerAsync()
  }
  expect(failure).toMatchObject({
    code: 'TIMEOUT',
    hint: expect.stringContaining('`totalTimeout`, a ky option'),
  })
  expect(fetch).toHaveBeenCalledOnce()
})

test('a body that is not signed streams: its first piece arrives before the last is made', async () => {
  const rest = deferred()
  const pieces = () =>
    new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(new TextEncoder().encode('first')),
      async pull(controller) {
        await rest.promise
        controller.close()
      },
    })
  const arrived: string[] = []
  const streaming: typeof fetch = async (input, init) => {
    const request = new Request(input, init)
    if (request.body === null) return fetch(request)
    const reader = request.body.getReader()
    const { value } = await reader.read()
    arrived.push(new TextDecoder().decode(value))
    rest.resolve()
    while (!(await reader.read()).done);
    return new Response()
  }
  const unsigned = createAuth('fake', async () => ({ authorization: 'x' }), {
    baseUrl: 'https://fake.example',
    signsBody: false,
    fetch: streaming,
  })
  expect((await unsigned.fetch('https://fake.example/x', { method: 'POST', body: pieces() })).status).toBe(
    200,
  )
  expect(arrived).toEqual(['first'])
})

test('a Request keeps its length on the way, and a large stream in one is not held in memory', async () => {
  await using server = await startRecordingServer(numberedTokens(() => ({ status: 401 })))
  const { auth } = fakeClient(server.url)
  await auth.fetch(new Request(`${server.url}/x`, { method: 'POST', body: 'known' }))
  expect(sorted(server).api.map(({ header }) => header('content-length'))).toEqual(['5', '5'])
  let made = 0
  const large = new ReadableStream<Uint8Array>({
    pull(controller) {
      made += 1
      if (made > 160) controller.close()
      else controller.enqueue(new Uint8Array(65_536))
    },
  })
  const init = { method: 'POST', body: large, duplex: 'half' } as RequestInit
  expect((await auth.fetch(new Request(`${server.url}/y`, init))).status, 'more than 8 MiB goes once').toBe(
    401,
  )
  expect(sorted(server).api.filter(({ target }) => target === '/y')).toHaveLength(1)
})

test('without signsBody Authorize gets no bytes, and a stream is read only by fetch', async () => {
  await using server = await startRecordingServer()
  const lengths: number[] = []
  const authorize = async ({ body }: { body: Uint8Array }) => {
    lengths.push(body.length)
    return { authorization: 'x' }
  }
  const auth = createAuth('fake', authorize, { baseUrl: server.url, signsBody: false, maxBodyBytes: 1 })
  await auth.fetch(`${server.url}/x`, { method: 'POST', body: new Blob(['text']).stream() })
  await auth.api.post('y', { json: 'text' })
  expect(server.requests.map(({ body }) => body.toString())).toEqual(['text', '"text"'])
  expect(lengths).toEqual([0, 0])
})

test('a copy by spreading keeps api, fetch and token', async () => {
  await using server = await startRecordingServer(numberedTokens())
  for (const auth of both(server.url)) {
    const copy = { ...auth }
    expect(await copy.api.get('x').json()).toEqual({})
    expect((await copy.fetch(`${server.url}/y`)).status).toBe(200)
    expect(copy.api).toBe(auth.api)
  }
  const { auth } = fakeClient(server.url)
  const token = await { ...(auth as TokenAuth) }.token()
  expect(token.value.reveal()).toBe('access-token-2')
})

test('bytes that the caller changes after the call are sent as they were signed', async () => {
  await using server = await startRecordingServer()
  const { auth, calls } = fakeSigner(server.url)
  const body = new TextEncoder().encode('before')
  const call = auth.fetch(`${server.url}/x`, { method: 'POST', body })
  body.fill(0x2d)
  await call
  expect(server.requests[0]?.body.toString()).toBe('before')
  expect(calls).toHaveLength(1)
})
