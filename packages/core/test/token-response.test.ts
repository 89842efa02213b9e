import {
  exampleTokenResponse,
  processTokenResponse,
  type TokenResponseShape,
} from '@countersign/core/provider'
import { type PlainAnswer, startRecordingServer } from '@countersign/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { deferred, failureOf, fakeClient, tokenResponse } from './fake-provider.ts'

const good = { access_token: 'opaque.token-1', token_type: 'Bearer', expires_in: 600 }
const json = (body: unknown): PlainAnswer => ({ body: JSON.stringify(body) })
const withType = (type: string, body = JSON.stringify(good)): PlainAnswer => ({
  headers: { 'content-type': type },
  body,
})
const without = (name: keyof typeof good) =>
  Object.fromEntries(Object.entries(good).filter(([key]) => key !== name))

const broken: [string, PlainAnswer, RegExp][] = [
  ['expires_in of zero', json({ ...good, expires_in: 0 }), /`expires_in` is zero or negative/],
  ['expires_in of "0"', json({ ...good, expires_in: '0' }), /`expires_in` is zero or negative/],
  ['a negative expires_in', json({ ...good, expires_in: -1 }), /`expires_in` is zero or negative/],
  [
    'a negative text as expires_in',
    json({ ...good, expires_in: '-5' }),
    /`expires_in` is not a number of seconds/,
  ],
  ['an absurd expires_in', json({ ...good, expires_in: 31_536_001 }), /`expires_in` is more than a year/],
  [
    'an absurd text as expires_in',
    json({ ...good, expires_in: '9'.repeat(40) }),
    /`expires_in` is more than/,
  ],
  [
    'expires_in beyond all numbers',
    { body: '{"access_token":"a-token","expires_in":1e999}' },
    /`expires_in`/,
  ],
  ['a text as expires_in', json({ ...good, expires_in: 'soon' }), /`expires_in` is not a number of seconds/],
  [
    'an empty text as expires_in',
    json({ ...good, expires_in: '' }),
    /`expires_in` is not a number of seconds/,
  ],
  ['true as expires_in', json({ ...good, expires_in: true }), /`expires_in` is not a number of seconds/],
  ['a list as expires_in', json({ ...good, expires_in: [600] }), /`expires_in` is not a number of seconds/],
  ['no access_token', json(without('access_token')), /`access_token` is missing or not a string/],
  ['an empty access_token', json({ ...good, access_token: '' }), /`access_token` is empty or not allowed in/],
  [
    'a number as access_token',
    json({ ...good, access_token: 5 }),
    /`access_token` is missing or not a string/,
  ],
  [
    'null as access_token',
    json({ ...good, access_token: null }),
    /`access_token` is missing or not a string/,
  ],
  ['a line break in access_token', json({ ...good, access_token: 'a\nb' }), /not allowed in a header/],
  ['a line break behind access_token', json({ ...good, access_token: 'ab\n' }), /not allowed in a header/],
  ['a space in access_token', json({ ...good, access_token: 'a b' }), /not allowed in a header/],
  ['unicode in access_token', json({ ...good, access_token: 'tökên' }), /not allowed in a header/],
  ['another token_type', json({ ...good, token_type: 'mac' }), /`token_type` is not bearer/],
  ['a number as token_type', json({ ...good, token_type: 1 }), /`token_type` is not a string/],
  ['a list', json([good]), /it is not a JSON object/],
  ['null', { body: 'null' }, /it is not a JSON object/],
  ['a JSON text', { body: '"token"' }, /it is not a JSON object/],
  ['an empty body', { body: '' }, /it is empty/],
  ['white space', { body: ' \r\n ' }, /it is empty/],
  ['204', { status: 204, body: '' }, /it is empty/],
  ['a page of HTML', withType('text/html', '<!doctype html><p>hi'), /it is HTML/],
  ['HTML under application/json', withType('application/json', '\n <html>'), /it is HTML/],
  ['text/plain', withType('text/plain'), /content type other than application\/json/],
  ['application/jsonp', withType('application/jsonp'), /content type other than application\/json/],
  ['a form', withType('application/x-www-form-urlencoded', 'access_token=a'), /content type other than/],
  ['no JSON', { body: '{access_token: "a"}' }, /it is not JSON/],
  ['half of the JSON', { body: JSON.stringify(good).slice(0, 30) }, /it is cut off/],
  [
    'a connection cut within the body',
    { ...json(good), cutAfter: 20 },
    /the connection ended before the body/,
  ],
  [
    'a connection cut before the body',
    { ...json(good), cutAfter: 0 },
    /the connection ended before the body/,
  ],
  ['more than 1 MiB', { body: ' '.repeat(1_048_577) }, /it is larger than 1 MiB/],
  ['a body without end', { endless: true }, /it is larger than 1 MiB/],
]

test.each(broken)('%s is TOKEN_RESPONSE_INVALID and the message says so', async (_what, answer, message) => {
  await using server = await startRecordingServer(() => answer)
  const { tokens } = fakeClient(server.url)
  const failure = await failureOf(tokens.get())
  expect(failure).toMatchObject({
    code: 'TOKEN_RESPONSE_INVALID',
    name: 'TokenError',
    provider: 'fake',
    retryable: false,
  })
  expect((failure as Error).message).toMatch(/^fake: /)
  expect((failure as Error).message).toMatch(message)
  expect((failure as Error).message).not.toMatch(/opaque|Invalid input/)
  expect(server.requests).toHaveLength(1)
})

const fine: [string, PlainAnswer, number][] = [
  ['a number', json(good), 600],
  ['a numeric text', json({ ...good, expires_in: '300' }), 300],
  ['nothing: the documented life holds', json(without('expires_in')), 600],
  ['a year', json({ ...good, expires_in: 31_536_000 }), 31_536_000],
  ['a number, without token_type', json(without('token_type')), 600],
  ['a number, with another spelling of Bearer', json({ ...good, token_type: 'bEARER' }), 600],
  ['a number, with a charset', withType('application/json; charset=utf-8'), 600],
  ['a number, as a kind of JSON', withType('application/vnd.api+json'), 600],
  ['a number, behind a byte order mark', { body: `\ufeff${JSON.stringify(good)}` }, 600],
  ['a number, in just 1 MiB', { body: JSON.stringify(good).padEnd(1_048_576) }, 600],
]

test.each(fine)('expires_in may be %s', async (_what, answer, seconds) => {
  await using server = await startRecordingServer(() => answer)
  const { tokens, clock } = fakeClient(server.url)
  const token = await tokens.get()
  expect(token).toMatchObject({
    scheme: 'Bearer',
    issuedAt: clock.now(),
    expiresAt: clock.now() + seconds * 1000,
  })
  expect(token.value.reveal()).toBe('opaque.token-1')
})

const byExpires: TokenResponseShape = {
  scheme: 'token_type',
  expiry: { member: 'expires', form: 'epoch-ms' },
}
const now = 1_767_323_045_000
const dated = { access_token: 'a-token', token_type: 'Token', expires: now + 60_000 }

test.each([
  ['missing', { ...dated, expires: undefined }, /`expires` is missing or not a number/],
  ['a text', { ...dated, expires: 'tomorrow' }, /`expires` is missing or not a number/],
  ['null', { ...dated, expires: null }, /`expires` is missing or not a number/],
  ['in seconds', { ...dated, expires: Math.floor(now / 1000) + 60 }, /`expires` is in seconds/],
  ['past', { ...dated, expires: now - 1 }, /`expires` is in the past/],
  ['right now', { ...dated, expires: now }, /`expires` is in the past/],
  ['in microseconds', { ...dated, expires: now * 1000 }, /`expires` is more than a year away/],
  ['there, but token_type is missing', { ...dated, token_type: undefined }, /`token_type` is missing/],
  ['there, but token_type is two words', { ...dated, token_type: 'Tok en' }, /`token_type` is not allowed/],
  [
    'there, but token_type has a line break',
    { ...dated, token_type: 'Token\n' },
    /`token_type` is not allowed/,
  ],
])('an `expires` that is %s is TOKEN_RESPONSE_INVALID and the message says so', (_what, body, message) => {
  let failure: unknown
  try {
    processTokenResponse(body, byExpires, { provider: 'fake', now })
  } catch (error) {
    failure = error
  }
  expect(failure).toMatchObject({ code: 'TOKEN_RESPONSE_INVALID', message: expect.stringMatching(message) })
})

test('an `expires` in milliseconds is the end, and the token_type that was returned is the scheme', () => {
  const token = processTokenResponse(dated, byExpires, { provider: 'fake', now })
  expect(token).toMatchObject({ scheme: 'Token', issuedAt: now, expiresAt: now + 60_000 })
})

test.each([undefined, 'Bearer', 7])(
  'a scheme of the vendor is used, whatever token_type says: %j',
  (token_type) => {
    const shape: TokenResponseShape = { ...byExpires, scheme: 'Acme' }
    const token = processTokenResponse({ ...dated, token_type }, shape, { provider: 'fake', now })
    expect(token.scheme).toBe('Acme')
  },
)

test('a refresh token is taken where the provider has them, and checked like the access token', () => {
  const shape = {
    scheme: 'Bearer',
    expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 60 },
  } as const
  const answer = { ...good, refresh_token: 'refresh-me' }
  const process = (body: unknown, isPair: boolean) =>
    processTokenResponse(body, isPair ? { ...shape, refreshToken: 'refresh_token' } : shape, {
      provider: 'fake',
      now,
    })
  expect(process(answer, true).refreshToken?.reveal()).toBe('refresh-me')
  expect(process(answer, false).refreshToken).toBeUndefined()
  expect(() => process({ ...answer, refresh_token: 'a\r\nb' }, true)).toThrow(
    /`refresh_token` is empty or not allowed/,
  )
  expect(() => process({ ...answer, refresh_token: 7 }, true)).toThrow(
    /`refresh_token` is missing or not a string/,
  )
})

test('an endless response is not read to the end', async () => {
  await using server = await startRecordingServer(() => ({ endless: true }))
  let taken = 0
  const counting: typeof fetch = async (input, init) => {
    const response = await fetch(input, init)
    const count = new TransformStream<Uint8Array, Uint8Array>({
      transform(piece, controller) {
        taken += piece.length
        controller.enqueue(piece)
      },
    })
    return new Response(response.body?.pipeThrough(count), response)
  }
  const { tokens } = fakeClient(server.url, { exchange: { fetch: counting } })
  expect(await failureOf(tokens.get())).toMatchObject({ code: 'TOKEN_RESPONSE_INVALID' })
  expect(taken).toBeLessThan(2_097_152)
})

test('a token endpoint that hangs within its body is TIMEOUT', async () => {
  await using server = await startRecordingServer(() => ({
    ...tokenResponse('a-token'),
    headers: { 'content-length': '9999' },
  }))
  const { tokens } = fakeClient(server.url, { exchange: { timeoutMs: 50 } })
  expect(await failureOf(tokens.get())).toMatchObject({ code: 'TIMEOUT', retryable: true })
})

test.each([
  ['null members', { ...good, token_type: null, expires_in: null, refresh_token: null, scope: null }],
  ['no other members', { access_token: 'a-token' }],
  ['a numeric string', { ...good, access_token: 'a-token', expires_in: '600' }],
])('a response with %s is a token with the documented lifetime', async (_what, body) => {
  const shape: TokenResponseShape = {
    scheme: 'Bearer',
    expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 600 },
    refreshToken: 'refresh_token',
  }
  const token = processTokenResponse(body, shape, { provider: 'fake', now })
  expect(token).toStrictEqual({
    value: token.value,
    scheme: 'Bearer',
    issuedAt: now,
    expiresAt: now + 600_000,
  })
})

test('every member of the response has the name that the shape says', () => {
  const shape: TokenResponseShape = {
    token: 'jwt',
    scheme: 'Bearer',
    expiry: { member: 'validUntil', form: 'epoch-ms' },
    refreshToken: 'next',
  }
  const body = { jwt: 'a-token', validUntil: String(now + 60_000), next: 'again' }
  const token = processTokenResponse(body, shape, { provider: 'fake', now })
  expect([token.value.reveal(), token.refreshToken?.reveal(), token.expiresAt]).toEqual([
    'a-token',
    'again',
    now + 60_000,
  ])
})

test('a 200 with an error body is refused with the code of the provider, masked', async () => {
  const answer = { error: 'invalid_client', error_description: 'no such client' }
  await using server = await startRecordingServer(() => ({ body: JSON.stringify(answer) }))
  expect(await failureOf(fakeClient(server.url).tokens.get())).toMatchObject({
    code: 'TOKEN_RESPONSE_INVALID',
    problem:
      'The response of the token endpoint cannot be used: it has no `access_token` but the error invalid_client.',
  })
})

test('an absolute expiry is kept to the millisecond while Date and clock differ by 5 s or less', async () => {
  const received = Date.UTC(2026, 0, 2, 3, 4, 5) + 405
  for (const dateMs of [received - 405, received - 4_405, received + 4_595]) {
    const fetch = async () =>
      Response.json(
        { access_token: 'a-token', token_type: 'Bearer', expires: received + 600_000 },
        { headers: { date: new Date(dateMs).toUTCString() } },
      )
    const client = fakeClient('https://fake.example', { exchange: { fetch, response: byExpires } })
    client.clock.advance(received - client.clock.now())
    expect(await client.tokens.get()).toMatchObject({ expiresAt: received + 600_000 })
  }
})

test('an absolute expiry counts from the Date of the response, whatever the local clock says', async () => {
  const server = Date.UTC(2026, 0, 2, 3, 4, 5)
  for (const off of [0, 3_600_000, -3_600_000]) {
    const fetch = async () =>
      Response.json(
        { access_token: 'a-token', token_type: 'Bearer', expires: server + 600_000 },
        { headers: { date: new Date(server).toUTCString() } },
      )
    const exchange = { fetch, response: byExpires }
    const client = fakeClient('https://fake.example', { exchange })
    client.clock.advance(server + off - client.clock.now())
    expect(await client.tokens.get()).toMatchObject({ expiresAt: server + off + 600_000 })
  }
})

test('token calls are kept out of the cache of Next.js, without the member that Workers refuse', async () => {
  const inits: (RequestInit | undefined)[] = []
  const fetch: typeof globalThis.fetch = async (_input, init) => {
    inits.push(init)
    return Response.json({ access_token: 'a-token', expires_in: 600 })
  }
  await fakeClient('https://fake.example', { exchange: { fetch } }).tokens.get()
  expect(inits).toMatchObject([{ method: 'POST', next: { revalidate: 0 } }])
  expect(inits[0]).not.toHaveProperty('cache')
})

test('a response that arrived while the process was frozen is read, though its time-out is due', async () => {
  let now = 0
  vi.spyOn(performance, 'now').mockImplementation(() => now)
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  onTestFinished(() => void vi.useRealTimers().restoreAllMocks())
  const response = deferred<Response>()
  const exchange = { fetch: () => response.promise, timeoutMs: 200 }
  const token = fakeClient('https://fake.example', { exchange }).tokens.get()
  while (vi.getTimerCount() === 0) await new Promise(setImmediate)
  // The process was frozen for a minute: the timer is long due, and what has arrived is read after it fires.
  now = 60_000
  vi.advanceTimersByTime(200)
  response.resolve(Response.json({ access_token: 'the-token', expires_in: 600 }))
  expect((await token).value.reveal()).toBe('the-token')
})

test.each<TokenResponseShape>([
  { scheme: 'Bearer', expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 300 } },
  { scheme: 'token_type', expiry: { member: 'expires', form: 'epoch-ms' } },
  { scheme: 'Bearer', expiry: { member: 'expires', form: 'epoch-seconds' } },
  { scheme: 'Acme', expiry: { member: 'expires', form: 'iso' } },
  { scheme: 'Bearer', token: 'token', expiry: { member: 'expires_at', form: 'iso' }, origin: 'instance_url' },
  {
    scheme: 'Bearer',
    token: 'jwt',
    refreshToken: 'next',
    expiry: { member: 'ttl', form: 'seconds', documentedSeconds: 60 },
  },
])('an example response of the shape %j is a valid one', (shape) => {
  const now = Date.UTC(2026, 0, 2)
  const token = processTokenResponse(exampleTokenResponse(shape, now), shape, { provider: 'fake', now })
  expect(token.scheme).toBe(shape.scheme === 'token_type' ? 'Bearer' : shape.scheme)
  expect(token.expiresAt).toBeGreaterThan(now)
  expect(token.refreshToken !== undefined).toBe(shape.refreshToken !== undefined)
})

test.each([
  ['epoch-seconds', now / 1000 + 60],
  ['epoch-seconds', String(now / 1000 + 60)],
  ['iso', new Date(now + 60_000).toISOString()],
  ['iso', '2026-01-02T03:05:05Z'],
  ['iso', '2026-01-02T05:05:05+02:00'],
] as const)('an absolute expiry in the form %s, %s, is 60 s away', (form, expires) => {
  const shape: TokenResponseShape = { scheme: 'Bearer', expiry: { member: 'expires', form } }
  const token = processTokenResponse({ access_token: 'a-token', expires }, shape, { provider: 'fake', now })
  expect(token.expiresAt).toBe(now + 60_000)
})

test.each([
  ['epoch-seconds', 'tomorrow', /`expires` is missing or not a number/],
  ['epoch-seconds', now, /`expires` is more than a year away/],
  ['epoch-seconds', now / 1000, /`expires` is in the past/],
  ['iso', now + 60_000, /`expires` is missing or not an ISO 8601 time/],
  ['iso', '2026-01-02T03:05:05', /`expires` is missing or not an ISO 8601 time/],
  ['iso', '2026-13-02T03:05:05Z', /`expires` is missing or not an ISO 8601 time/],
  ['iso', undefined, /`expires` is missing or not an ISO 8601 time/],
] as const)('an absolute expiry in the form %s of %s is refused', (form, expires, message) => {
  const shape: TokenResponseShape = { scheme: 'Bearer', expiry: { member: 'expires', form } }
  const process = () =>
    processTokenResponse({ access_token: 'a-token', expires }, shape, { provider: 'fake', now })
  expect(process).toThrow(expect.objectContaining({ code: 'TOKEN_RESPONSE_INVALID' }))
  expect(process).toThrow(message)
})
