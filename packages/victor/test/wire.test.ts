import { fixedKeys, readJwtText } from '@countersign/fixtures'
import {
  createFixedClock,
  createRoutedFetch,
  type RecordedRequest,
  startRecordingServer,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { createVictor, type VictorOptions } from '../src/index.ts'

const clock = createFixedClock()
const { privateKey, publicKey } = fixedKeys.rsa2048
const jwtKey = { apiKey: '00000000-0000-4000-8000-000000000007', privateKey, clock }
const oauthKey = { clientId: 'example-client', clientSecret: 'an example of a secret', clock }
const jwtOf = (request: RecordedRequest | undefined) => readJwtText(request?.header('authorization'))
const expires = clock.now() + 3_600_000

const answer =
  (tokenType = 'Bearer') =>
  ({ target }: RecordedRequest, count: number) =>
    target === '/v2/auth/token'
      ? { body: JSON.stringify({ access_token: `token-${count}`, token_type: tokenType, expires }) }
      : {}

test('a client JWT has the documented header and exactly these claims, under Token', async () => {
  await using server = await startRecordingServer()
  const victor = createVictor({ ...jwtKey, environment: 'production', baseUrl: server.url })
  await victor.fetch(`${server.url}/v2/accounts`)
  const [request] = server.requests
  expect(request?.target).toBe('/v2/accounts')
  expect(request?.header('authorization')).toMatch(/^Token eyJ[\w-]+\.[\w-]+\.[\w-]+$/)
  const { header, claims, signedBy } = jwtOf(request)
  expect(header).toEqual({ alg: 'RS512', typ: 'JWT' })
  expect(claims).toEqual({
    sub: jwtKey.apiKey,
    iss: 'victor-api',
    iat: 1_767_323_040,
    exp: 1_767_323_340,
  })
  expect(signedBy(publicKey, 'RSA-SHA512')).toBe(true)
})

test.each([
  ['production', 'https://api.victorfi.com'],
  ['staging', 'https://api.stage.victorfi.com'],
] as const)('the address of %s is %s, for either kind of key', async (environment, base) => {
  await using server = await startRecordingServer(answer())
  const routed = createRoutedFetch(server.url)
  await createVictor({ ...jwtKey, environment, fetch: routed.fetch }).api.get('v2/accounts')
  await createVictor({ ...oauthKey, environment, fetch: routed.fetch }).api.get('v2/accounts')
  expect(routed.urls).toEqual([`${base}/v2/accounts`, `${base}/v2/auth/token`, `${base}/v2/accounts`])
})

test('a new client JWT is made for each request, unless reuse says otherwise', async () => {
  await using server = await startRecordingServer()
  const moving = createFixedClock()
  const own = { ...jwtKey, environment: 'production', clock: moving, baseUrl: server.url } as const
  for (const victor of [createVictor(own), createVictor({ ...own, reuse: 'until-expiry' })]) {
    for (const _ of [1, 2, 3]) {
      await victor.fetch(server.url)
      moving.advance(1_000)
    }
  }
  const issued = server.requests.map((request) => jwtOf(request).claims.iat - 1_767_323_040)
  expect(issued).toEqual([0, 1, 2, 3, 3, 3])
})

test('an OAuth key is exchanged by POST of JSON with exactly two members', async () => {
  await using server = await startRecordingServer(answer())
  await createVictor({ ...oauthKey, environment: 'production', baseUrl: server.url }).token()
  const [request] = server.requests
  expect(server.requests).toHaveLength(1)
  expect(request?.method).toBe('POST')
  expect(request?.target).toBe('/v2/auth/token')
  expect(request?.header('content-type')).toBe('application/json')
  expect(request?.header('accept')).toBe('application/json')
  expect(request?.header('authorization')).toBeUndefined()
  expect(request?.body.toString()).toBe(
    '{"client_id":"example-client","client_secret":"an example of a secret"}',
  )
})

test.each(['Bearer', 'bearer', 'Token', 'DPoP'])('the returned token_type %s is the scheme', async (type) => {
  await using server = await startRecordingServer(answer(type))
  const victor = createVictor({ ...oauthKey, environment: 'staging', baseUrl: server.url })
  await victor.fetch(`${server.url}/v2/accounts`)
  expect(server.requests[1]?.header('authorization')).toBe(`${type} token-1`)
  expect((await victor.token()).scheme).toBe(type)
})

test('expires is an absolute epoch in milliseconds', async () => {
  await using server = await startRecordingServer(answer())
  const moving = createFixedClock()
  const own = { ...oauthKey, environment: 'production', clock: moving, baseUrl: server.url } as VictorOptions
  const victor = createVictor(own)
  expect((await victor.token()).expiresAt).toBe(expires)
  moving.advance(3_500_000)
  await victor.token()
  expect(server.requests).toHaveLength(1)
})
