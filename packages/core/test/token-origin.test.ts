import { createMemoryTokenStore, type TokenRecord } from '@countersign/core'
import type { TokenResponseShape } from '@countersign/core/provider'
import { type PlainAnswer, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { failureOf, fakeClient, fakeSigner } from './fake-provider.ts'

const response: TokenResponseShape = {
  scheme: 'Bearer',
  expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 600 },
  origin: 'instance_url',
}
const tokenFor = (instance_url: unknown): PlainAnswer => ({
  body: JSON.stringify({ access_token: 'a-token', expires_in: 600, instance_url }),
})
const clientOf = (url: string, more: object = {}) =>
  fakeClient(`${url}/v1`, {
    exchange: { response, url: `${url}/token` },
    auth: { originFromToken: true },
    ...more,
  })

test('calls of the base URL go to the origin that the token response names, path and body unchanged', async () => {
  await using api = await startRecordingServer()
  await using login = await startRecordingServer(() => tokenFor(`${api.url}/ignored`))
  const { auth } = clientOf(login.url)
  await auth.api.post('cards', { json: { id: 1 } })
  await auth.fetch(`${login.url}/v1/cards?a=1`)
  await auth.fetch(`${api.url}/elsewhere`)
  const headers = await auth.headers(new Request(`${api.url}/elsewhere`))
  expect(headers.get('authorization')).toBe('Bearer a-token')
  expect(api.requests.map(({ method, target }) => `${method} ${target}`)).toEqual([
    'POST /v1/cards',
    'GET /v1/cards?a=1',
    'GET /elsewhere',
  ])
  expect(api.requests[0]?.body.toString()).toBe('{"id":1}')
  for (const request of api.requests) expect(request.header('authorization')).toBe('Bearer a-token')
  expect(login.requests.map(({ target }) => target)).toEqual(['/token'])
})

test('other origins stay refused, and the origin of the base URL sees no token', async () => {
  await using api = await startRecordingServer()
  await using foreign = await startRecordingServer()
  await using login = await startRecordingServer(() => tokenFor(api.url))
  const { auth } = clientOf(login.url)
  for (const send of [auth.fetch, (url: string) => auth.headers(new Request(url))])
    expect(await failureOf(send(foreign.url))).toMatchObject({ code: 'ORIGIN_REFUSED' })
  expect(foreign.requests).toEqual([])
  expect(login.requests.map(({ target }) => target)).toEqual(['/token'])
})

test('the origin is kept in the store with the token', async () => {
  await using api = await startRecordingServer()
  await using login = await startRecordingServer(() => tokenFor(api.url))
  const source = { tokenStore: createMemoryTokenStore(), cacheKey: async () => ['one'] }
  for (const _ of [1, 2]) await clientOf(login.url, { source }).auth.api.get('cards')
  expect(login.requests).toHaveLength(1)
  expect(api.requests).toHaveLength(2)
})

test.each(['', 'not an address', 'https://api.example.com/path', 'https://user@api.example.com', 5])(
  'a stored token whose origin is %j is not used',
  async (origin) => {
    await using api = await startRecordingServer()
    await using login = await startRecordingServer(() => tokenFor(api.url))
    const stored = { value: 'stored', scheme: 'Bearer', issuedAt: 0, expiresAt: Number.MAX_SAFE_INTEGER }
    const get = () => ({ ...stored, origin }) as TokenRecord
    const tokenStore = { get, set: () => undefined, delete: () => undefined }
    const { auth } = clientOf(login.url, { source: { tokenStore, cacheKey: async () => ['one'] } })
    await auth.api.get('cards')
    expect(api.requests[0]?.header('authorization')).toBe('Bearer a-token')
  },
)

test('a replay goes to the origin of the next token', async () => {
  await using second = await startRecordingServer()
  await using first = await startRecordingServer(() => ({ status: 401 }))
  await using login = await startRecordingServer((_request, count) => ({
    body: JSON.stringify({
      access_token: `token-${count}`,
      expires_in: 600,
      instance_url: count === 1 ? first.url : second.url,
    }),
  }))
  const { auth } = clientOf(login.url)
  await auth.fetch(new Request(`${login.url}/v1/cards`, { method: 'POST', body: 'one' }))
  expect(first.requests).toHaveLength(1)
  expect(second.requests.map(({ target, body }) => `${target} ${body}`)).toEqual(['/v1/cards one'])
  expect(second.requests[0]?.header('authorization')).toBe('Bearer token-2')
})

test.each([
  [undefined, /`instance_url` is missing or not an absolute URL/],
  ['/services', /`instance_url` is missing or not an absolute URL/],
  ['http://api.example.com', /`instance_url` does not use https/],
  ['ftp://api.example.com', /`instance_url` does not use https/],
])('the address %s in a token response is TOKEN_RESPONSE_INVALID', async (address, message) => {
  await using login = await startRecordingServer(() => tokenFor(address))
  const failure = clientOf(login.url).tokens.get()
  await expect(failure).rejects.toMatchObject({ code: 'TOKEN_RESPONSE_INVALID' })
  await expect(failure).rejects.toThrow(message)
})

test('default headers are sent by fetch and api, and the caller can replace them', async () => {
  await using server = await startRecordingServer(() => ({ body: '{"access_token":"a-token"}' }))
  const headers = { 'user-agent': 'example/1', 'x-api-version': '2026-01-02' }
  for (const { auth } of [
    fakeSigner(server.url, { headers }),
    fakeClient(server.url, { auth: { headers } }),
  ]) {
    const before = server.requests.length
    await auth.fetch(`${server.url}/a`)
    await auth.api.get('a')
    await auth.fetch(`${server.url}/a`, { headers: { 'X-Api-Version': 'own' } })
    const sent = server.requests.slice(before).filter(({ target }) => target === '/a')
    expect(sent.map((request) => request.header('x-api-version'))).toEqual([
      '2026-01-02',
      '2026-01-02',
      'own',
    ])
    for (const request of sent) expect(request.header('user-agent')).toBe('example/1')
    expect((await auth.headers(new Request(`${server.url}/a`))).get('x-api-version')).toBe('2026-01-02')
  }
})

test('a token request can have no body', async () => {
  await using server = await startRecordingServer(() => ({ body: '{"access_token":"a-token"}' }))
  const build = async () => ({ headers: { authorization: 'Bearer proof' }, secrets: ['proof'] })
  await fakeClient(server.url, { exchange: { build } }).tokens.get()
  const [request] = server.requests
  expect(request?.method).toBe('POST')
  expect(request?.body).toHaveLength(0)
  expect(request?.header('content-type')).toBeUndefined()
})

test('null as the signal of a call takes the place of that of its Request', async () => {
  await using api = await startRecordingServer()
  await using login = await startRecordingServer(() => tokenFor(api.url))
  const { auth } = clientOf(login.url)
  const request = new Request(`${login.url}/v1/cards`, { signal: AbortSignal.abort('gone') })
  expect((await auth.fetch(request, { signal: null })).status).toBe(200)
  expect(await failureOf(auth.fetch(request))).toBe('gone')
  expect(api.requests).toHaveLength(1)
})

test('a signal that is not one is CONFIG_INVALID before a token is requested', async () => {
  await using login = await startRecordingServer(() => tokenFor('https://api.example.com'))
  const { auth } = clientOf(login.url)
  const signal = {} as AbortSignal
  expect(await failureOf(auth.fetch(`${login.url}/v1/cards`, { signal }))).toMatchObject({
    code: 'CONFIG_INVALID',
    problem: 'The request cannot be sent: `signal` is not an AbortSignal.',
  })
  expect(login.requests).toEqual([])
})
