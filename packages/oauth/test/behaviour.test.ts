import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type AuthEvent, decodeJwt, Secret } from '@countersign/core'
import { createAssertionFile } from '@countersign/core/node'
import { fixedKeys } from '@countersign/fixtures'
import { createFixedClock, type RecordedRequest, startRecordingServer } from '@countersign/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createOAuth, type OAuthOptions } from '../src/index.ts'
import { createOAuthEmulator, type OAuthEmulatorOptions } from '../src/oauth-emulator.ts'

const { rsa2048, otherRsa2048 } = fixedKeys
const clock = createFixedClock()
const own = { clientId: 'example-client', privateKey: rsa2048.privateKey, clock }
const baseUrl = 'https://api.example.com'
const good = { body: '{"access_token":"a-token","token_type":"bearer","expires_in":600}' }

const formOf = ({ body }: RecordedRequest) => new URLSearchParams(body.toString())
const audienceOf = (request: RecordedRequest | undefined) =>
  request && decodeJwt(formOf(request).get('client_assertion') ?? '').claims.aud

async function emulated(more: Partial<OAuthOptions> = {}, options: OAuthEmulatorOptions = {}) {
  const emulator = createOAuthEmulator({ clock, ...options })
  const { clientId } = await emulator.register(rsa2048.publicKey)
  const events: AuthEvent[] = []
  const oauth = createOAuth({
    ...own,
    clientId,
    baseUrl,
    tokenUrl: '/token',
    fetch: emulator.fetch,
    onEvent: (event) => events.push(event),
    ...more,
  } as OAuthOptions)
  return { emulator, oauth, events }
}

test.each(['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const)(
  '%s is accepted by the emulator',
  async (algorithm) => {
    const { oauth } = await emulated({ algorithm })
    expect(await oauth.api.get('orders').json()).toHaveProperty('orders')
  },
)

test('the JWT bearer grant is accepted by the emulator', async () => {
  const { oauth } = await emulated({ grant: 'jwt-bearer', subject: 'user@example.com' })
  expect(await oauth.api.get('orders').json()).toHaveProperty('orders')
})

test('a key that is refused is replaced by another of the ring, with an event', async () => {
  const privateKeys = [
    { privateKey: rsa2048.privateKey },
    { privateKey: otherRsa2048.privateKey, notBefore: 0 },
  ]
  const { oauth, events } = await emulated({ privateKey: undefined, privateKeys } as never)
  await oauth.token()
  expect(events.map(({ type }) => type)).toContain('key.refused')
})

test('an assertion that someone else signed is asked for with each token request', async () => {
  await using server = await startRecordingServer((_request, count) => (count === 1 ? { status: 503 } : good))
  let count = 0
  const oauth = createOAuth({
    clientId: 'example-client',
    assertion() {
      count += 1
      return `assertion-${count}`
    },
    clock,
    baseUrl: server.url,
    tokenUrl: '/token',
  })
  await oauth.token()
  expect(server.requests.map((request) => formOf(request).get('client_assertion'))).toEqual([
    'assertion-1',
    'assertion-2',
  ])
})

test.each<[what: string, returned: unknown, problem: string]>([
  ['nothing', undefined, 'is not text'],
  ['null', null, 'is not text'],
  ['a number', 5, 'is not text'],
  ['a Secret', new Secret('canary'), 'is not text'],
  ['empty text', '', 'is empty'],
  ['two lines', 'canary\ncanary', 'contains white space, a line break'],
  ['a byte of zero', 'canary\0', 'contains white space, a line break'],
])(
  'an assertion function that returns %s is CONFIG_INVALID, and nothing is sent',
  async (_what, returned, problem) => {
    await using server = await startRecordingServer(() => good)
    const assertion = () => returned as string
    const oauth = createOAuth({
      clientId: 'example-client',
      assertion,
      baseUrl: server.url,
      tokenUrl: '/token',
    })
    const failure = oauth.token()
    await expect(failure).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      problem: expect.stringContaining(`What \`assertion\` returned ${problem}`),
    })
    await expect(failure).rejects.not.toThrow('canary')
    expect(server.requests).toEqual([])
  },
)

test('an assertion file that the platform replaces is read again for each token request', async () => {
  await using server = await startRecordingServer(() => good)
  const folder = await mkdtemp(join(tmpdir(), 'countersign-assertion-'))
  try {
    const path = join(folder, 'token')
    const moving = createFixedClock()
    const oauth = createOAuth({
      clientId: 'example-client',
      assertion: createAssertionFile(path),
      clock: moving,
      baseUrl: server.url,
      tokenUrl: '/token',
    })
    for (const assertion of ['first', 'second']) {
      await writeFile(path, `${assertion}\n`)
      await oauth.token()
      moving.advance(600_000)
    }
  } finally {
    await rm(folder, { recursive: true })
  }
  const sent = server.requests.map((request) => formOf(request).get('client_assertion'))
  expect(sent).toEqual(['first', 'second'])
})

describe('refresh tokens', () => {
  test('renew the token, are replaced by their successors, and are followed by a new exchange when refused', async () => {
    const { emulator, oauth } = await emulated({}, { refreshTokens: true })
    const grants: (string | null)[] = []
    const seen = () => {
      for (const { body } of emulator.journal.splice(0))
        grants.push(new URLSearchParams(body).get('grant_type'))
    }
    await oauth.token()
    for (const _ of [1, 2]) {
      clock.advance(3_600_000)
      expect((await oauth.api.get('orders')).status).toBe(200)
    }
    emulator.faults.once({ on: 'token', status: 400, body: '{"error":"invalid_grant"}' })
    clock.advance(3_600_000)
    await oauth.token()
    seen()
    expect(grants.filter((grant) => grant !== null)).toEqual([
      'client_credentials',
      'refresh_token',
      'refresh_token',
      'refresh_token',
      'client_credentials',
    ])
  })

  test('are presented once: where the response has no other, the next exchange is a new one', async () => {
    await using server = await startRecordingServer((_request, count) =>
      count === 1
        ? { body: '{"access_token":"a","expires_in":600,"refresh_token":"kept-refresh-token"}' }
        : good,
    )
    const moving = createFixedClock()
    const oauth = createOAuth({ ...own, clock: moving, baseUrl: server.url, tokenUrl: '/token' })
    for (const _ of [1, 2, 3]) {
      await oauth.token()
      moving.advance(600_000)
    }
    expect(server.requests.map((request) => formOf(request).get('refresh_token'))).toEqual([
      null,
      'kept-refresh-token',
      null,
    ])
  })
})

describe('discovery', () => {
  /** A server with this metadata at RFC 8414's address, and the tokens. */
  const serverWith = (metadata: (url: string) => unknown, at = '/.well-known/oauth-authorization-server') => {
    const server = startRecordingServer(async ({ target }) => {
      const { url } = await server
      if (target === at) return { body: JSON.stringify(metadata(url)) }
      return target === '/oauth2/token' ? good : { status: 404 }
    })
    return server
  }
  const right = (url: string) => ({ issuer: url, token_endpoint: `${url}/oauth2/token` })

  test('the token endpoint comes from the metadata, which is read once an hour; aud is the issuer', async () => {
    await using server = await serverWith(right)
    const moving = createFixedClock()
    const oauth = createOAuth({ ...own, clock: moving, baseUrl, issuer: server.url })
    for (const minutes of [0, 30, 31]) {
      moving.advance(minutes * 60_000)
      await oauth.token()
    }
    const well = '/.well-known/oauth-authorization-server'
    expect(server.requests.map(({ target }) => target)).toEqual([
      well,
      '/oauth2/token',
      '/oauth2/token',
      well,
      '/oauth2/token',
    ])
    expect(audienceOf(server.requests[1])).toBe(server.url)
  })

  test('with tokenUrl no metadata is read, and aud is the issuer', async () => {
    await using server = await startRecordingServer(() => good)
    const issuer = 'https://login.example.com'
    await createOAuth({ ...own, baseUrl: server.url, tokenUrl: '/token', issuer }).token()
    expect(server.requests.map(({ target }) => target)).toEqual(['/token'])
    expect(audienceOf(server.requests[0])).toBe(issuer)
  })

  test('aud can be the token endpoint of the metadata, or any other text', async () => {
    await using server = await serverWith(right)
    for (const audience of ['token-endpoint', 'somebody'])
      await createOAuth({ ...own, baseUrl, issuer: server.url, audience }).token()
    const posts = server.requests.filter(({ method }) => method === 'POST')
    expect(posts.map(audienceOf)).toEqual([`${server.url}/oauth2/token`, 'somebody'])
  })

  test('an issuer with a path: RFC 8414 puts it last, OpenID Connect puts it first', async () => {
    await using server = await serverWith(
      (url) => ({ ...right(url), issuer: `${url}/tenant` }),
      '/tenant/.well-known/openid-configuration',
    )
    await createOAuth({ ...own, baseUrl, issuer: `${server.url}/tenant` }).token()
    expect(server.requests.map(({ target }) => target)).toEqual([
      '/.well-known/oauth-authorization-server/tenant',
      '/tenant/.well-known/openid-configuration',
      '/oauth2/token',
    ])
  })

  test.each<[string, (url: string) => unknown, RegExp]>([
    [
      'of another issuer',
      (url) => ({ ...right(url), issuer: 'https://other.example' }),
      /its issuer is not exactly the one/,
    ],
    [
      'of the issuer with a slash',
      (url) => ({ ...right(url), issuer: `${url}/` }),
      /its issuer is not exactly the one/,
    ],
    [
      'without an issuer',
      (url) => ({ ...right(url), issuer: undefined }),
      /its issuer is not exactly the one/,
    ],
    ['without a token endpoint', (url) => ({ issuer: url }), /`token_endpoint` is missing/],
    [
      'with an unprotected endpoint',
      (url) => ({ issuer: url, token_endpoint: 'http://login.example.com/token' }),
      /does not use https/,
    ],
    [
      'with a password in the endpoint',
      (url) => ({ issuer: url, token_endpoint: 'https://canary:canary@login.example.com/token' }),
      /`token_endpoint` has a user name, a password or a fragment/,
    ],
    [
      'with a fragment in the endpoint',
      (url) => ({ issuer: url, token_endpoint: 'https://login.example.com/token#part' }),
      /`token_endpoint` has a user name, a password or a fragment/,
    ],
    ['that is null', () => null, /its issuer is not exactly the one/],
  ])('metadata %s is TOKEN_RESPONSE_INVALID, and nothing is signed', async (_what, metadata, message) => {
    await using server = await serverWith(metadata)
    const failure = createOAuth({ ...own, baseUrl, issuer: server.url }).token()
    await expect(failure).rejects.toMatchObject({ code: 'TOKEN_RESPONSE_INVALID', provider: 'oauth' })
    await expect(failure).rejects.toThrow(message)
    expect(server.requests.filter(({ method }) => method === 'POST')).toEqual([])
  })

  test.each([
    ['a page', '<html>', /The metadata of the authorization server cannot be used: it is HTML/],
    ['nothing', '', /The metadata of the authorization server cannot be used: it is empty/],
  ])('%s for metadata is called metadata that cannot be used', async (_what, body, message) => {
    await using server = await startRecordingServer(() => ({ body }))
    await expect(createOAuth({ ...own, baseUrl, issuer: server.url }).token()).rejects.toThrow(message)
    expect(server.requests).toHaveLength(1)
  })

  test('a server with https cannot name a token endpoint of this computer with http', async () => {
    await using local = await startRecordingServer(() => good)
    const issuer = 'https://login.example.com'
    const calls: string[] = []
    const fetch = async (input: unknown) => {
      calls.push(String(input))
      return Response.json({ issuer, token_endpoint: `${local.url}/token` })
    }
    const failure = createOAuth({ ...own, baseUrl, issuer, fetch }).token()
    await expect(failure).rejects.toThrow(/`token_endpoint` does not use https/)
    expect(calls).toEqual([`${issuer}/.well-known/oauth-authorization-server`])
  })

  test('no metadata at all, and a server that is busy, are named', async () => {
    await using empty = await startRecordingServer(() => ({ status: 404 }))
    const missing = createOAuth({ ...own, baseUrl, issuer: empty.url }).token()
    await expect(missing).rejects.toMatchObject({ code: 'TOKEN_RESPONSE_INVALID', retryable: false })
    await expect(missing).rejects.toThrow(/none at the well-known addresses/)
    await using busy = await startRecordingServer(() => ({ status: 503 }))
    const failure = createOAuth({ ...own, baseUrl, issuer: busy.url }).token()
    await expect(failure).rejects.toMatchObject({ code: 'HTTP_STATUS', status: 503, retryable: true })
    expect(busy.requests).toHaveLength(1)
  })

  test('a redirect of the metadata is refused and not followed', async () => {
    await using elsewhere = await startRecordingServer()
    await using server = await startRecordingServer(() => ({
      status: 302,
      headers: { location: `${elsewhere.url}/metadata` },
    }))
    const failure = createOAuth({ ...own, baseUrl, issuer: server.url }).token()
    await expect(failure).rejects.toMatchObject({ code: 'REDIRECT_REFUSED' })
    expect(elsewhere.requests).toEqual([])
  })
})

describe('origins', () => {
  test('the token goes to the origins in the options, and to no other', async () => {
    await using files = await startRecordingServer()
    await using foreign = await startRecordingServer()
    await using server = await startRecordingServer(() => good)
    const oauth = createOAuth({ ...own, baseUrl: server.url, tokenUrl: '/token', origins: [files.url] })
    await oauth.fetch(`${files.url}/file`)
    expect(files.requests[0]?.header('authorization')).toBe('Bearer a-token')
    await expect(oauth.fetch(foreign.url)).rejects.toMatchObject({ code: 'ORIGIN_REFUSED' })
    expect(foreign.requests).toEqual([])
  })

  test('originFrom names the member with the address of the API', async () => {
    await using api = await startRecordingServer()
    await using login = await startRecordingServer(() => ({
      body: JSON.stringify({ access_token: 'a-token', instance_url: api.url }),
    }))
    const oauth = createOAuth({
      ...own,
      baseUrl: `${login.url}/services`,
      tokenUrl: `${login.url}/token`,
      originFrom: 'instance_url',
    })
    await oauth.api.get('data')
    expect(api.requests.map(({ target }) => target)).toEqual(['/services/data'])
    expect(api.requests[0]?.header('authorization')).toBe('Bearer a-token')
  })
})

test('the API and the authorization server may have different clocks', async () => {
  const login = createOAuthEmulator({ clock })
  login.clock.advance(600_000)
  const { clientId } = await login.register(rsa2048.publicKey)
  const oauth = createOAuth({
    ...own,
    clientId,
    baseUrl,
    tokenUrl: 'https://login.example.com/token',
    fetch: login.fetch,
  })
  expect((await oauth.token()).expiresAt).toBe(clock.now() + 3_600_000)
})

test.each<[string, object, RegExp]>([
  ['neither issuer nor tokenUrl', {}, /`tokenUrl` is missing\. `issuer` is missing/],
  ['a relative issuer', { issuer: 'login' }, /`issuer` is not an absolute .*or a path/],
  ['a path with two slashes', { tokenUrl: '//other.example/token' }, /`tokenUrl` is not an absolute/],
  ['aud as the issuer that is missing', { tokenUrl: '/token', audience: 'issuer' }, /`issuer` is missing/],
  ['an unknown algorithm', { tokenUrl: '/token', algorithm: 'HS256' }, /`algorithm` must be 'RS256'/],
  ['a lifetime over the limit', { tokenUrl: '/token', lifetimeSeconds: 3601 }, /`lifetimeSeconds` must be/],
  ['claims that are a list', { tokenUrl: '/token', claims: [] }, /`claims` is not an object/],
  ['a parameter that is a number', { tokenUrl: '/token', parameters: { a: 1 } }, /`parameters` has a member/],
  [
    'an origin with a path',
    { tokenUrl: '/token', origins: ['https://a.example/b'] },
    /`origins` has an item/,
  ],
  [
    'a certificate that is a key',
    { tokenUrl: '/token', certificate: rsa2048.publicKey },
    /`certificate` is not/,
  ],
  [
    'a time claim that is not one',
    { tokenUrl: '/token', timeClaims: ['iat', 'exp'] },
    /`timeClaims` has an item other than `iat` and `nbf`/,
  ],
  ['no time claims', { tokenUrl: '/token', timeClaims: [] }, /`timeClaims` is an empty list/],
  ['an assertion beside a key', { tokenUrl: '/token', assertion: () => 'a' }, /Unknown option `privateKey`/],
  ['an odd token response', { tokenUrl: '/token', tokenResponse: { tokn: 'a' } }, /`tokenResponse` is not/],
  ['an expiry of null', { tokenUrl: '/token', tokenResponse: '{"expiry":null}' }, /`tokenResponse` is not/],
  ...[Number.NaN, 0, -1, Number.POSITIVE_INFINITY].map((documentedSeconds): [string, object, RegExp] => [
    `a documented lifetime of ${documentedSeconds} s`,
    {
      tokenUrl: '/token',
      tokenResponse: { expiry: { member: 'expires_in', form: 'seconds', documentedSeconds } },
    },
    /`tokenResponse` is not/,
  ]),
  ['a header that cannot be sent', { tokenUrl: '/token', headers: { 'a b': 'c' } }, /`headers` must be/],
])('%s is CONFIG_INVALID', (_what, options, message) => {
  const create = () => createOAuth({ ...own, baseUrl, ...options } as unknown as OAuthOptions)
  expect(create).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID', provider: 'oauth' }))
  expect(create).toThrow(message)
})

test('members of the token response that are undefined mean the default', async () => {
  await using server = await startRecordingServer(() => good)
  const tokenResponse = { token: undefined, scheme: undefined, expiry: undefined }
  const options = { ...own, baseUrl: server.url, tokenUrl: '/token', tokenResponse }
  const token = await createOAuth(options as unknown as OAuthOptions).token()
  expect(token).toMatchObject({ scheme: 'Bearer', expiresAt: clock.now() + 600_000 })
})

test('a token request that is given up is aborted, and the caller gets the next token', async () => {
  const asked = Promise.withResolvers<AbortSignal>()
  const codes: unknown[] = []
  let calls = 0
  const oauth = createOAuth({
    ...own,
    onEvent: (event) => event.type === 'token.exchanged' && codes.push(event.code),
    baseUrl,
    tokenUrl: '/token',
    async fetch(_input, init) {
      calls++
      const signal = init?.signal
      if (calls > 1 || signal === undefined || signal === null)
        return new Response(good.body, { headers: { 'content-type': 'application/json' } })
      asked.resolve(signal)
      return new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason))
      })
    },
  })
  const token = oauth.token()
  const signal = await asked.promise
  await oauth.invalidate()
  expect((await token).value.reveal()).toBe('a-token')
  expect(signal.aborted).toBe(true)
  expect(codes).toEqual(['ABORTED', undefined])
})

test('discovery, a refresh and an exchange end together within 45 s when the token endpoint never answers', async () => {
  const issuer = 'https://login.example.com'
  const targets: string[] = []
  const state = { answers: true }
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname } = new URL(String(input))
    targets.push(pathname)
    if (pathname.startsWith('/.well-known/')) {
      if (!state.answers) await new Promise((resolve) => setTimeout(resolve, 14_000))
      return Response.json({ issuer, token_endpoint: `${issuer}/token` })
    }
    if (state.answers) return Response.json({ access_token: 'a', expires_in: 600, refresh_token: 'r' })
    return new Promise((_resolve, reject) =>
      init?.signal?.addEventListener('abort', () => reject(init.signal?.reason)),
    )
  }
  let now = clock.now()
  // Signed elsewhere: a signature takes real time, and the timers move on meanwhile.
  const assertion = () => 'signed-elsewhere'
  const oauth = createOAuth({ clientId: own.clientId, assertion, clock: () => now, baseUrl, issuer, fetch })
  await oauth.token()
  state.answers = false
  now += 2 * 3_600_000
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
  onTestFinished(() => void vi.useRealTimers())
  const begin = performance.now()
  let code: unknown
  const call = oauth.token().catch((error: { code: unknown }) => {
    code = error.code
  })
  while (code === undefined) {
    await new Promise(setImmediate)
    if (vi.getTimerCount() > 0) await vi.advanceTimersToNextTimerAsync()
  }
  await call
  expect(code).toBe('TIMEOUT')
  expect(performance.now() - begin).toBeLessThanOrEqual(46_000)
  expect(targets.filter((target) => target === '/token').length).toBeGreaterThanOrEqual(3)
})
