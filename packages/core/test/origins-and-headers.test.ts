import { createAuth } from '@countersign/core'
import { startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { failureOf, fakeClient, fakeSigner, foreignUrl, numberedTokens, sorted } from './fake-provider.ts'

const both = (url: string) => [fakeSigner(url).auth, fakeClient(url).auth]

test('credentials go only to the origin of the provider; any other is ORIGIN_REFUSED before a byte is sent', async () => {
  await using server = await startRecordingServer(numberedTokens())
  await using other = await startRecordingServer()
  const foreign = [
    foreignUrl,
    `${other.url}/x`,
    server.url.replace('127.0.0.1', 'localhost'),
    server.url.replace('http:', 'https:'),
    'http://elsewhere.example/',
    `${server.url}.elsewhere.example/`.replace(/:(\d+)\./, '.'),
    'data:text/plain,x',
    'file:///etc/hosts',
  ]
  for (const auth of both(server.url)) {
    for (const url of foreign) {
      for (const send of [
        () => auth.fetch(url),
        () => auth.fetch(new URL(url)),
        () => auth.fetch(new Request(url)),
        () => auth.headers(new Request(url)),
        () => auth.api.get(new Request(url)),
        () => auth.api.get(new URL(url)),
      ])
        expect(await failureOf(send()), url).toMatchObject({
          code: 'ORIGIN_REFUSED',
          provider: 'fake',
          retryable: false,
        })
    }
  }
  expect(server.requests).toEqual([])
  expect(other.requests).toEqual([])
})

test('every way of api to another address stays inside the origin, or is refused', async () => {
  await using server = await startRecordingServer(numberedTokens())
  await using other = await startRecordingServer()
  for (const { api } of both(`${server.url}/v1`)) {
    for (const send of [
      () => api.get(`${other.url}/x`),
      () => api.extend({ prefix: other.url }).get('x'),
      () => api.create({ prefix: other.url }).get('x'),
      () => api.create({ baseUrl: other.url }).get('x'),
      () => api.create().get(`${other.url}/x`),
      () =>
        api
          .extend(() => ({ prefix: other.url }))
          .get('x')
          .json(),
      () => api.extend({ hooks: { beforeRequest: [() => new Request(`${other.url}/x`)] } }).get('x'),
      () => api.get('x', { prefix: `${other.url}` }),
    ])
      expect(await failureOf(send())).toMatchObject({ code: 'ORIGIN_REFUSED' })
    expect(sorted(server).api).toEqual([])
  }
  const { api } = fakeClient(`${server.url}`).auth
  await api.extend({ baseUrl: other.url }).get('a')
  await api.get('//elsewhere.example/b')
  await api.get(' https://elsewhere.example/c')
  await api.get('/d')
  await api.get('e')
  await api.get(`${server.url}/f`)
  await api.extend({ prefix: `${server.url}/v2` }).get('g')
  await api.extend((parent) => ({ ...parent, prefix: `${String(parent.prefix)}/v3` })).get('h')
  expect(sorted(server).api.map(({ target }) => target.split('/').at(-1))).toEqual([...'abcdefgh'])
  expect(sorted(server).api.every(({ header }) => header('authorization') === 'Bearer access-token-1')).toBe(
    true,
  )
  expect(other.requests).toEqual([])
})

test('api refuses a fetch option wherever ky accepts one', async () => {
  await using server = await startRecordingServer(numberedTokens())
  const { api } = fakeClient(server.url).auth
  const own = { fetch: globalThis.fetch }
  expect(await failureOf(api.get('x', own))).toMatchObject({ code: 'CONFIG_INVALID' })
  expect(() => api.extend(own)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  expect(() => api.create(own)).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  expect(await failureOf(api.extend(() => own).get('x'))).toMatchObject({ code: 'CONFIG_INVALID' })
  expect(server.requests).toEqual([])
})

test('credentials go to further origins of a provider', async () => {
  await using server = await startRecordingServer()
  await using second = await startRecordingServer()
  const { auth } = fakeSigner(server.url, { origins: [second.url] })
  await auth.fetch(`${second.url}/x`)
  expect(second.requests[0]?.header('authorization')).toBe('Proof 1')
})

test('a URL with a user name or password, or a relative one, is CONFIG_INVALID and not repeated in the message', async () => {
  for (const auth of both('https://fake.example')) {
    for (const url of ['https://hans:hunter2@fake.example/x', 'https://hans@fake.example/x', '/x', 'x', '']) {
      const failure = await failureOf(auth.fetch(url))
      expect(failure).toMatchObject({ code: 'CONFIG_INVALID' })
      expect((failure as Error).message).not.toMatch(/hans|hunter2/)
    }
    expect(await failureOf(auth.fetch(null as unknown as string))).toMatchObject({ code: 'CONFIG_INVALID' })
  }
})

test('plain http is INSECURE_URL from the factory, loopback apart', () => {
  const create = (baseUrl: string) => createAuth('fake', async () => ({}), { baseUrl })
  for (const url of [
    'http://fake.example',
    'http://10.0.0.1',
    'http://localhost.fake.example',
    'http://0.0.0.0',
    'ftp://localhost',
  ])
    expect(() => create(url), url).toThrow(
      expect.objectContaining({ code: 'INSECURE_URL', provider: 'fake' }),
    )
  for (const url of [
    'https://fake.example',
    'http://localhost:1',
    'http://127.0.0.1',
    'http://127.9.9.9:80',
    'http://[::1]:8080',
  ])
    expect(create(url).id).toBe('fake')
  for (const url of ['', 'fake.example', 'https://a:b@fake.example'])
    expect(() => create(url), url).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
})

test("plain http of the provider's own host is INSECURE_URL, for every port", async () => {
  const { auth, calls } = fakeSigner('https://fake.example')
  for (const url of ['http://fake.example/x', 'http://fake.example:443/x', 'http://fake.example:8080/x']) {
    expect(await failureOf(auth.fetch(url))).toMatchObject({ code: 'INSECURE_URL', provider: 'fake' })
    expect(await failureOf(auth.headers(new Request(url)))).toMatchObject({ code: 'INSECURE_URL' })
  }
  expect(await failureOf(auth.fetch('http://other.example/x'))).toMatchObject({ code: 'ORIGIN_REFUSED' })
  expect(await failureOf(auth.fetch('https://fake.example:8443/x'))).toMatchObject({ code: 'ORIGIN_REFUSED' })
  expect(calls).toEqual([])
})

test('plain http of a further origin is INSECURE_URL at first use', async () => {
  const { auth } = fakeSigner('https://fake.example', { origins: ['http://plain.example'] })
  expect(await failureOf(auth.fetch('http://plain.example/x'))).toMatchObject({ code: 'INSECURE_URL' })
})

test.each([301, 302, 303, 307, 308])(
  '%d is REDIRECT_REFUSED, to any origin and whatever the caller asks for',
  async (status) => {
    await using other = await startRecordingServer()
    for (const to of ['/elsewhere', `${other.url}/x`, 'not a url at all', 'javascript:alert(1)', undefined]) {
      await using server = await startRecordingServer(
        numberedTokens(() => ({ status, headers: to === undefined ? {} : { location: to } })),
      )
      for (const auth of both(server.url)) {
        const before = sorted(server).api.length
        for (const redirect of [undefined, 'follow', 'manual', 'error'] as const) {
          const init: RequestInit = redirect === undefined ? {} : { redirect }
          for (const send of [
            () => auth.fetch(`${server.url}/x`, init),
            () => auth.fetch(new Request(`${server.url}/x`, init)),
            () => auth.api.post('x', { json: 1, ...init }),
          ])
            expect(await failureOf(send())).toMatchObject({
              code: 'REDIRECT_REFUSED',
              status,
              retryable: false,
            })
        }
        expect(sorted(server).api).toHaveLength(before + 12)
      }
      expect(server.requests.some(({ target }) => target === '/elsewhere')).toBe(false)
    }
    expect(other.requests).toEqual([])
  },
)

test('a response of a fetch that followed a redirect is refused', async () => {
  await using server = await startRecordingServer(({ target }) =>
    target === '/x' ? { status: 302, headers: { location: '/y' } } : {},
  )
  const following: typeof fetch = (input, init) => fetch(input, { ...init, redirect: 'follow' })
  const { auth } = fakeSigner(server.url, { fetch: following })
  expect(await failureOf(auth.fetch(`${server.url}/x`))).toMatchObject({ code: 'REDIRECT_REFUSED' })
})

const mine = { authorization: 'Basic mine', 'x-kept': 'kept' }
const spelled = { AuthorizatioN: 'Basic mine', 'X-Kept': 'kept', authorization: 'Basic also mine' }
const given: [string, HeadersInit][] = [
  ['a plain object', mine],
  ['a plain object in other spelling', spelled],
  ['an object without prototype', Object.assign(Object.create(null), mine)],
  ['Headers', new Headers(mine)],
  ['a list', Object.entries(spelled)],
]

test.each(given)('an Authorization in %s is replaced, and other headers are kept', async (_what, headers) => {
  await using server = await startRecordingServer(numberedTokens())
  for (const auth of both(server.url)) {
    await auth.fetch(`${server.url}/x`, { headers })
    await auth.fetch(new Request(`${server.url}/x`, { headers }))
    await auth.fetch(new Request(`${server.url}/x`, { headers: { 'x-other': 'gone' } }), { headers })
    await auth.api.get('x', { headers })
  }
  const { api } = sorted(server)
  expect(api).toHaveLength(8)
  for (const request of api) {
    const values = request.headers
      .filter(([name]) => name.toLowerCase() === 'authorization')
      .map(([, value]) => value)
    expect(values).toEqual([expect.stringMatching(/^(Proof \d|Bearer access-token-1)$/)])
    expect(request.header('x-kept')).toBe('kept')
    expect(request.header('x-other')).toBeUndefined()
  }
  expect(JSON.stringify(spelled), 'the object of the caller is unchanged').toContain('Basic mine')
})

test('headers() replaces Authorization, keeps the rest, leaves the request and its body alone', async () => {
  await using server = await startRecordingServer(numberedTokens())
  for (const auth of both(server.url)) {
    const request = new Request(`${server.url}/x`, { method: 'POST', headers: mine, body: 'unread' })
    const headers = await auth.headers(request)
    expect(headers.get('authorization')).toMatch(/^(Proof 1|Bearer access-token-1)$/)
    expect(headers.get('x-kept')).toBe('kept')
    expect(headers.get('content-type')).toBe('text/plain;charset=UTF-8')
    expect(request.headers.get('authorization')).toBe('Basic mine')
    expect(request.bodyUsed).toBe(false)
    expect(await request.text()).toBe('unread')
  }
  expect(sorted(server).api).toEqual([])
})

test('headers() signs the bytes of the body and stops at the limit', async () => {
  const { auth, calls } = fakeSigner('https://fake.example', { maxBodyBytes: 4 })
  const post = (body: string) => new Request('https://fake.example/x?', { method: 'POST', body })
  await auth.headers(post('four'))
  expect(calls[0]).toMatchObject({ url: 'https://fake.example/x', method: 'POST' })
  expect(await failureOf(auth.headers(post('five!')))).toMatchObject({ code: 'BODY_TOO_LARGE' })
})

test('other members of a Request are kept', async () => {
  const seen: RequestInit[] = []
  const fetch = (async (_input: unknown, init: RequestInit) => {
    seen.push(init)
    return new Response()
  }) as typeof globalThis.fetch
  const { auth } = fakeSigner('https://fake.example', { fetch })
  await auth.fetch(
    new Request('https://fake.example/x', { cache: 'no-store', credentials: 'omit', keepalive: true }),
  )
  expect(seen[0]).toMatchObject({
    cache: 'no-store',
    credentials: 'omit',
    keepalive: true,
    redirect: 'manual',
  })
  const navigation = new Request('https://fake.example/x')
  Object.defineProperty(navigation, 'mode', { value: 'navigate' })
  await auth.fetch(navigation)
  expect(seen[1]).not.toHaveProperty('mode')
})

test('headers() of a Request whose body was read, or is being read, is BODY_NOT_REPLAYABLE', async () => {
  await using server = await startRecordingServer(numberedTokens())
  for (const auth of both(server.url)) {
    const [read, locked] = [0, 1].map(
      () => new Request(`${server.url}/x`, { method: 'POST', body: 'x' }),
    ) as [Request, Request]
    await read.text()
    locked.body?.getReader()
    for (const request of [read, locked])
      expect(await failureOf(auth.headers(request))).toMatchObject({ code: 'BODY_NOT_REPLAYABLE' })
  }
})

test('an argument of the wrong type is CONFIG_INVALID, never an error of the platform', async () => {
  await using server = await startRecordingServer(numberedTokens())
  const throwing = {
    toString() {
      throw new RangeError('no text')
    },
  }
  for (const auth of both(server.url)) {
    for (const input of [undefined, null, 5, Symbol('url'), {}, throwing, '/relative']) {
      for (const send of [auth.fetch, auth.headers])
        expect(await failureOf(send(input as never))).toMatchObject({ code: 'CONFIG_INVALID' })
    }
    for (const input of [null, Symbol('url')])
      expect(await failureOf(auth.api.get(input as never))).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(await failureOf(auth.fetch(`${server.url}/x`, { signal: 5 as never }))).toMatchObject({
      code: 'CONFIG_INVALID',
    })
    for (const input of [`${server.url}/x`, new URL(`${server.url}/x`)])
      expect((await auth.headers(input as never)).get('authorization')).toMatch(/\w/)
  }
  expect(server.requests.filter(({ target }) => target === '/x')).toEqual([])
})

test('null for the options of a call means none, as with the fetch of the platform', async () => {
  await using server = await startRecordingServer()
  const { auth } = fakeSigner(server.url)
  expect((await auth.fetch(`${server.url}/x`, null as unknown as RequestInit)).status).toBe(200)
})

test('a header is kept whose name every object has', async () => {
  await using server = await startRecordingServer(numberedTokens())
  await fakeClient(server.url).auth.fetch(`${server.url}/x`, { headers: { constructor: 'kept' } })
  expect(server.requests.at(-1)?.header('constructor')).toBe('kept')
})
