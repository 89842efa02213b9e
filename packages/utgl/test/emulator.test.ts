import { createHash } from 'node:crypto'
import { fixedKeys, suiteKeys } from '@countersign/fixtures'
import { describeEmulator, type RequestChange, tamper } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createUtgl } from '../src/utgl.ts'
import { createUtglEmulator, type UtglEmulatorCredentials } from '../src/utgl-emulator.ts'
import { utglProvider } from '../src/utgl-provider.ts'

const { privateKey, publicKey } = fixedKeys.rsa2048
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
const body = '{"hello":"world"}'
const get = { path: '/ping' }

const { open } = describeEmulator<UtglEmulatorCredentials>({
  provider: utglProvider,
  createEmulator: createUtglEmulator,
  keys: suiteKeys,
  credentialNames: ['accessKey'],
  call: { method: 'POST', path: '/ping', body },
  jwt: {
    in: 'call',
    of: ({ credentials: { accessKey }, now, target }, { path, method, body }) => ({
      header: { alg: 'RS256', typ: 'JWT' },
      claims: {
        ...{ sub: accessKey, iat: now(), exp: now() + 25 },
        ...{ uri: target(path), method, body: sha256(String(body ?? '')) },
      },
    }),
    maxLifetimeSeconds: 30,
    texts: { sub: 'sub' },
    stranger: { claims: { sub: '6e33a078-99ed-4aa1-8e67-b0e19e9475fd' } },
  },
  refusal: (_rule, _status, message) => ({ code: 'INVALID_SIGNATURE', message }),
  wrong: [
    { what: 'a second word after the token', rule: 'jwt', call: { jwt: (jwt) => `${jwt} ${jwt}` } },
    { what: 'a sub that is not a UUID', rule: 'sub', call: { claims: { sub: 'my-access-key' } } },
    {
      what: 'exp of iat + 30, as in the recipes',
      rule: 'lifetime-margin',
      call: ({ now }) => ({ claims: { exp: now() + 30 } }),
    },
    { what: 'a method in lower case', rule: 'method', call: { call: get, claims: { method: 'get' } } },
    { what: 'a JWT for another method', rule: 'method', call: { call: get, sent: { method: 'DELETE' } } },
    { what: 'a query that was not signed', rule: 'uri', call: { sent: { path: '/ping?a=1' } } },
    {
      what: 'a query that was signed and dropped',
      rule: 'uri',
      call: { call: { path: '/ping?a=1' }, sent: { path: '/ping' } },
    },
    {
      what: 'a URI with scheme and host',
      rule: 'uri',
      call: ({ baseUrl }) => ({ claims: { uri: `${baseUrl}/ping` } }),
    },
    { what: 'a URI without the base path', rule: 'uri', call: { claims: { uri: '/ping' } } },
    {
      what: 'a body that was changed after signing',
      rule: 'body',
      call: { sent: { body: '{"hello":"World"}' } },
    },
    { what: 'a body whose hash was left out', rule: 'body', call: { claims: { body: undefined } } },
    {
      what: 'a hash in upper case',
      rule: 'body',
      call: { claims: { body: sha256(body).toUpperCase() } },
    },
  ],
})

test.each<[what: string, change: RequestChange, failure: string]>([
  ['is missing', { jwt: (right) => right.replace(/[^.]*$/, '') }, 'The token had no signature.'],
  ['has padding', { jwt: (right) => `${right}==` }, 'The signature was not base64url.'],
  [
    'has bits behind its last byte',
    { jwt: (right) => right.slice(0, -1) + String.fromCharCode(right.charCodeAt(right.length - 1) + 1) },
    'The signature was not base64url.',
  ],
  [
    'is not as long as one of RSA',
    { jwt: (right) => `${right}AAAA` },
    'The signature did not have the length of an RSA signature.',
  ],
  ['is of another token', { jwt: (right) => tamper(right, { jti: 'a' }) }, 'The signature did not match.'],
  ...['crit', 'b64', 'jwk', 'jku', 'x5u', 'x5c'].map((name): [string, RequestChange, string] => [
    `is right, but the header has ${name}`,
    { header: { [name]: [] } },
    `The header contained \`${name}\`, which is not accepted.`,
  ]),
])('a refusal says the true reason where the signature %s', async (_what, change, failure) => {
  await using scenario = await open()
  const message = `${failure} The signature must match the registered public key.`
  expect(await (await scenario.call(change)).json()).toEqual({ code: 'INVALID_SIGNATURE', message })
})

test('exp of iat + 29 is accepted, and so is a GET whose token says nothing of a body', async () => {
  await using scenario = await open()
  const answer = await scenario.call({ call: get, claims: { exp: scenario.now() + 29, body: undefined } })
  expect(answer.status).toBe(200)
})

test('a token is valid until the millisecond before exp', async () => {
  await using scenario = await open()
  const request = await scenario.callRequest({ call: get })
  scenario.clock.advance(24_999)
  expect((await scenario.send(request)).status).toBe(200)
  scenario.clock.advance(1)
  expect((await scenario.send(request)).headers.get('x-countersign-rule')).toMatch(/^utgl\.exp;/)
})

test.each([
  ['GET', '/ping', { message: 'pong' }],
  ['POST', '/ping', { message: 'pong', received: { hello: 'world' } }],
  [
    'GET',
    '/accounts?pageSize=3',
    { data: [{ id: 'emulated-account-1' }, {}, {}], nextPageToken: null, prevPageToken: null },
  ],
  [
    'GET',
    '/cards/card-sensitive-info?cardAccountId=a&cardId=b&ipAddress=192.0.2.1',
    { cardId: 'b', number: expect.any(String) },
  ],
])(
  '%s %s answers with its documented shape, with rate limits and a request id',
  async (method, path, shape) => {
    await using scenario = await open()
    const call = method === 'POST' ? { path, method, body } : { path, method }
    const answer = await scenario.call({ call })
    expect(await answer.json()).toMatchObject(shape)
    expect(answer.status).toBe(200)
    for (const name of ['limit', 'remaining', 'reset'])
      expect(answer.headers.get(`x-ratelimit-${name}`)).toMatch(/^\d+$/)
    expect(answer.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
  },
)

test('a card call that leaves out an address is 400, not a refusal of the signature', async () => {
  await using scenario = await open()
  const path = '/cards/card-sensitive-info?cardAccountId=a&cardId=b'
  const answer = await scenario.call({ call: { path } })
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
