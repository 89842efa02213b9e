import { createHash } from 'node:crypto'
import { fixedKeys } from '@countersign/fixtures'
import {
  describeEmulator,
  type EmulatorScenario,
  type HandMadeRequest,
  type HandSignature,
  handMadeJwt,
  hmacSignature,
  noSignature,
  openServedScenario,
  rsaSignature,
  tamper,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { createUtgl } from '../src/utgl.ts'
import { createUtglEmulator, type UtglEmulatorCredentials } from '../src/utgl-emulator.ts'
import { utglProvider } from '../src/utgl-provider.ts'
import { utglRules } from '../src/utgl-rules.ts'

type Scenario = EmulatorScenario<UtglEmulatorCredentials>

interface Change {
  header?: object
  claims?: object
  signature?: HandSignature
  scheme?: string
  /** Makes the token that is sent from the right one. */
  jwt?: (right: string) => string
  /** What is sent instead of what was signed. */
  sent?: { path?: string; method?: string; body?: string }
}

const { privateKey, publicKey } = fixedKeys.rsa2048
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const ping = { path: '/ping', method: 'GET' }
const post = { path: '/ping', method: 'POST', body: '{"hello":"world"}' }

function claimsOf(
  scenario: Scenario,
  { path, method, body = '' }: { path: string; method: string; body?: string },
) {
  const iat = scenario.now()
  const uri = scenario.target(path)
  return { sub: scenario.credentials.accessKey, iat, exp: iat + 25, uri, method, body: sha256(body) }
}

function signed(
  scenario: Scenario,
  call: { path: string; method: string; body?: string },
  change: Change = {},
): HandMadeRequest {
  const jwt = handMadeJwt(
    { alg: 'RS256', typ: 'JWT', ...change.header },
    { ...claimsOf(scenario, call), ...change.claims },
    change.signature ?? rsaSignature(privateKey),
  )
  const authorization = `${change.scheme ?? 'Bearer'} ${change.jwt?.(jwt) ?? jwt}`
  const { path, method, body } = { ...call, ...change.sent }
  return { path, init: { method, headers: { authorization }, ...(body === undefined ? {} : { body }) } }
}

const get = (change: (scenario: Scenario) => Change) => (scenario: Scenario) =>
  scenario.send(signed(scenario, ping, change(scenario)))
const posted = (change: (scenario: Scenario) => Change) => (scenario: Scenario) =>
  scenario.send(signed(scenario, post, change(scenario)))

describeEmulator<UtglEmulatorCredentials>({
  provider: utglProvider,
  rules: utglRules,
  create: createUtglEmulator,
  publicKey,
  basePath: '/utgl/v1',
  realUrls: ['https://access.utgl.io/v1'],
  credentialNames: ['accessKey'],
  right: (scenario) => signed(scenario, post),
  unknown: (scenario) => signed(scenario, { path: '/unknown', method: 'GET' }),
  goodJwt: (scenario) => ({ header: { alg: 'RS256', typ: 'JWT' }, claims: claimsOf(scenario, post) }),
  refusal: (_rule, _status, message) => ({ code: 'INVALID_SIGNATURE', message }),
  wrong: [
    { what: 'a request without Authorization', rule: 'scheme', send: (scenario) => scenario.send(ping) },
    { what: 'Token for Bearer', rule: 'scheme', send: get(() => ({ scheme: 'Token' })) },
    { what: 'an opaque token', rule: 'jwt', send: get(() => ({ jwt: () => 'opaque-token' })) },
    {
      what: 'a second word behind the token',
      rule: 'jwt',
      send: get(() => ({ jwt: (jwt) => `${jwt} ${jwt}` })),
    },
    {
      what: 'HS256 under the text of the public key',
      rule: 'alg',
      send: get(() => ({ header: { alg: 'HS256' }, signature: hmacSignature(publicKey) })),
    },
    {
      what: 'alg none',
      rule: 'alg',
      send: get(() => ({ header: { alg: 'none' }, signature: noSignature })),
    },
    {
      what: 'RS512',
      rule: 'alg',
      send: get(() => ({ header: { alg: 'RS512' }, signature: rsaSignature(privateKey, 'sha512') })),
    },
    { what: 'a header without typ', rule: 'typ', send: get(() => ({ header: { typ: undefined } })) },
    { what: 'an empty sub', rule: 'sub', send: get(() => ({ claims: { sub: '' } })) },
    {
      what: 'a sub that is a list',
      rule: 'sub',
      send: get(({ credentials }) => ({ claims: { sub: [credentials.accessKey] } })),
    },
    {
      what: 'a sub that turns into no text',
      rule: 'sub',
      send: get(() => ({ claims: { sub: { toString: null } } })),
    },
    {
      what: 'a sub that is not a UUID',
      rule: 'sub',
      send: get(() => ({ claims: { sub: 'my-access-key' } })),
    },
    {
      what: 'milliseconds for seconds',
      rule: 'times',
      send: get((scenario) => ({
        claims: { iat: scenario.now() * 1000, exp: (scenario.now() + 25) * 1000 },
      })),
    },
    {
      what: 'exp as text',
      rule: 'times',
      send: get((scenario) => ({ claims: { exp: `${scenario.now() + 25}` } })),
    },
    { what: 'a token without iat', rule: 'times', send: get(() => ({ claims: { iat: undefined } })) },
    {
      what: 'exp of iat + 31',
      rule: 'lifetime',
      send: get((scenario) => ({ claims: { exp: scenario.now() + 31 } })),
    },
    {
      what: 'exp of iat + 30, as in the recipes',
      rule: 'lifetime-margin',
      send: get((scenario) => ({ claims: { exp: scenario.now() + 30 } })),
    },
    { what: 'exp of iat', rule: 'lifetime', send: get((scenario) => ({ claims: { exp: scenario.now() } })) },
    {
      what: 'iat one second ahead',
      rule: 'iat',
      send: get((scenario) => ({ claims: { iat: scenario.now() + 1 } })),
    },
    {
      what: 'exp that is now exactly',
      rule: 'exp',
      send: get((scenario) => ({ claims: { iat: scenario.now() - 25, exp: scenario.now() } })),
    },
    { what: 'a method in lower case', rule: 'method', send: get(() => ({ claims: { method: 'get' } })) },
    {
      what: 'a token for another method',
      rule: 'method',
      send: get(() => ({ sent: { method: 'DELETE' } })),
    },
    { what: 'a query that was not signed', rule: 'uri', send: get(() => ({ sent: { path: '/ping?a=1' } })) },
    {
      what: 'a query that was signed and dropped',
      rule: 'uri',
      send: (scenario) =>
        scenario.send(signed(scenario, { ...ping, path: '/ping?a=1' }, { sent: { path: '/ping' } })),
    },
    {
      what: 'a URI with scheme and host',
      rule: 'uri',
      send: get((scenario) => ({ claims: { uri: `${scenario.baseUrl}/ping` } })),
    },
    { what: 'a URI without the base path', rule: 'uri', send: get(() => ({ claims: { uri: '/ping' } })) },
    {
      what: 'a body that was changed after signing',
      rule: 'body',
      send: posted(() => ({ sent: { body: '{"hello":"Scenario"}' } })),
    },
    {
      what: 'a body whose hash was left out',
      rule: 'body',
      send: posted(() => ({ claims: { body: undefined } })),
    },
    {
      what: 'a hash in upper case',
      rule: 'body',
      send: posted(() => ({ claims: { body: sha256(post.body).toUpperCase() } })),
    },
    {
      what: 'an access key that nobody knows',
      rule: 'registered',
      send: get(() => ({ claims: { sub: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd' } })),
    },
    {
      what: 'a signature of another key',
      rule: 'signature',
      send: get(() => ({ signature: rsaSignature(fixedKeys.otherRsa2048.privateKey) })),
    },
    {
      what: 'claims that were changed after signing',
      rule: 'signature',
      send: get((scenario) => ({ jwt: (jwt) => tamper(jwt, { exp: scenario.now() + 29 }) })),
    },
  ],
})

test('exp of iat + 29 is accepted, and so is a GET whose token says nothing of a body', async () => {
  await using scenario = await openServedScenario({ create: createUtglEmulator, publicKey, basePath: '/v1' })
  const answer = await get(() => ({ claims: { exp: scenario.now() + 29, body: undefined } }))(scenario)
  expect(answer.status).toBe(200)
})

test('a token is valid until the millisecond before exp', async () => {
  await using scenario = await openServedScenario({ create: createUtglEmulator, publicKey, basePath: '/v1' })
  const request = signed(scenario, ping)
  scenario.clock.advance(24_999)
  expect((await scenario.send(request)).status).toBe(200)
  scenario.clock.advance(1)
  expect((await scenario.send(request)).headers.get('x-countersign-rule')).toMatch(/^utgl\.exp;/)
})

test.each([
  ['GET', '/ping', { message: 'pong' }],
  ['POST', '/ping', { message: 'pong', received: { hello: 'world' } }],
  ['GET', '/accounts', { data: [{ id: expect.any(String) }], nextPageToken: null, prevPageToken: null }],
  [
    'GET',
    '/cards/card-sensitive-info?cardAccountId=a&cardId=b&ipAddress=192.0.2.1',
    { cardId: 'b', number: expect.any(String) },
  ],
])(
  '%s %s answers with its documented shape, with rate limits and a request id',
  async (method, path, shape) => {
    await using scenario = await openServedScenario({
      create: createUtglEmulator,
      publicKey,
      basePath: '/v1',
    })
    const call = method === 'POST' ? { path, method, body: post.body } : { path, method }
    const answer = await scenario.send(signed(scenario, call))
    expect(await answer.json()).toMatchObject(shape)
    expect(answer.status).toBe(200)
    for (const name of ['limit', 'remaining', 'reset'])
      expect(answer.headers.get(`x-ratelimit-${name}`)).toMatch(/^\d+$/)
    expect(answer.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
  },
)

test('a card call that leaves out an address is 400, not a refusal of the signature', async () => {
  await using scenario = await openServedScenario({ create: createUtglEmulator, publicKey, basePath: '/v1' })
  const path = '/cards/card-sensitive-info?cardAccountId=a&cardId=b'
  const answer = await scenario.send(signed(scenario, { path, method: 'GET' }))
  expect(answer.status).toBe(400)
  expect(await answer.json()).toMatchObject({ message: 'ipAddress is missing' })
})

test('a path outside the base URL gets the 404 of UTGL, whatever proof it carries', async () => {
  const emulator = createUtglEmulator()
  const { accessKey } = await emulator.register(publicKey)
  emulator.answer('GET /', () => 'served')
  for (const path of ['/ping', '/', '/v10/ping', '/v1x']) {
    const options = { accessKey, privateKey, fetch: emulator.fetch }
    const failure = await createUtgl({ ...options, baseUrl: 'https://access.utgl.io' })
      .api.get(path.slice(1), { retry: 0 })
      .then(String, (error: unknown) => error)
    expect(failure).toMatchObject({ code: 'HTTP_STATUS', status: 404, providerCode: 'NOT_FOUND' })
  }
  expect(emulator.journal.map(({ path, status, rule }) => [path, status, rule])).toEqual([
    ['/ping', 404, undefined],
    ['/', 404, undefined],
    ['/v10/ping', 404, undefined],
    ['/v1x', 404, undefined],
  ])
})
