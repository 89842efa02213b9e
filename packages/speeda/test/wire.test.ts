import { fixedKeys, readJwtText } from '@countersign/fixtures'
import {
  createFixedClock,
  createRoutedFetch,
  type RecordedRequest,
  startRecordingServer,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { createSpeeda } from '../src/index.ts'

const clock = createFixedClock()
const { privateKey, publicKey } = fixedKeys.rsa2048
const own = { clientId: 'example-client', keyId: 'example-key-1', privateKey, clock }
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

/** Answers token calls with numbered tokens and everything else with an empty object. */
const answer = ({ target }: RecordedRequest, count: number) =>
  target === '/token'
    ? { body: `{"access_token":"token-${count}","token_type":"bearer","expires_in":300}` }
    : {}

const formOf = (request: RecordedRequest | undefined) => new URLSearchParams(request?.body.toString())
const assertionOf = (request: RecordedRequest | undefined) =>
  readJwtText(formOf(request).get('client_assertion') ?? '')

test('the token request is POST /token, form encoded, with exactly four fields', async () => {
  await using server = await startRecordingServer(answer)
  await createSpeeda({ ...own, baseUrl: server.url }).token()
  const [request] = server.requests
  expect(server.requests).toHaveLength(1)
  expect(request?.method).toBe('POST')
  expect(request?.target).toBe('/token')
  expect(request?.header('content-type')).toBe('application/x-www-form-urlencoded')
  expect(request?.header('accept')).toBe('application/json')
  expect(request?.header('authorization')).toBeUndefined()
  const assertion = formOf(request).get('client_assertion')
  expect(request?.body.toString()).toBe(
    'grant_type=client_credentials&client_id=example-client' +
      '&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer' +
      `&client_assertion=${assertion}`,
  )
})

test('the assertion has the documented header and exactly these claims', async () => {
  await using server = await startRecordingServer(answer)
  await createSpeeda({ ...own, baseUrl: server.url }).token()
  const { header, claims, signedBy } = assertionOf(server.requests[0])
  expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'example-key-1' })
  expect(claims).toEqual({
    iss: 'example-client',
    sub: 'example-client',
    aud: 'https://datafeed.ub-speeda.com/token',
    iat: 1_767_323_040,
    exp: 1_767_323_340,
    jti: expect.stringMatching(uuid),
  })
  expect(claims.exp - claims.iat).toBe(300)
  expect(signedBy(publicKey, 'RSA-SHA256')).toBe(true)
})

test('aud is the documented value with any base URL, unless audience is set', async () => {
  await using server = await startRecordingServer(answer)
  await createSpeeda({ ...own, baseUrl: `${server.url}/` }).token()
  await createSpeeda({ ...own, baseUrl: server.url, audience: 'https://test.example.com/token' }).token()
  const audiences = server.requests.map((request) => assertionOf(request).claims.aud)
  expect(audiences).toEqual(['https://datafeed.ub-speeda.com/token', 'https://test.example.com/token'])
})

test('without a base URL the documented host is called', async () => {
  await using server = await startRecordingServer(answer)
  const routed = createRoutedFetch(server.url)
  const speeda = createSpeeda({ ...own, fetch: routed.fetch })
  await speeda.api.get('private-company/v1/companies', { searchParams: { country: 'KOR' } }).json()
  expect(routed.urls).toEqual([
    'https://datafeed.ub-speeda.com/token',
    'https://datafeed.ub-speeda.com/private-company/v1/companies?country=KOR',
  ])
})

test('API calls carry Bearer and the access token, whatever the case of token_type', async () => {
  await using server = await startRecordingServer(answer)
  const speeda = createSpeeda({ ...own, baseUrl: server.url })
  await speeda.fetch(`${server.url}/private-company/v1/companies?country=KOR`)
  const request = server.requests[1]
  expect(request?.method).toBe('GET')
  expect(request?.target).toBe('/private-company/v1/companies?country=KOR')
  expect(request?.header('authorization')).toBe('Bearer token-1')
  expect(request?.header('cookie')).toBeUndefined()
  expect((await speeda.token()).scheme).toBe('Bearer')
})

test('every renewal carries an assertion of its own and no refresh token', async () => {
  await using server = await startRecordingServer(answer)
  const moving = createFixedClock()
  const speeda = createSpeeda({ ...own, baseUrl: server.url, clock: moving })
  await speeda.token()
  moving.advance(300_000)
  await speeda.token()
  const [first, second] = server.requests
  expect([...formOf(second).keys()]).toEqual([...formOf(first).keys()])
  expect(assertionOf(second).claims.jti).not.toBe(assertionOf(first).claims.jti)
  expect(assertionOf(second).claims.iat).toBe(assertionOf(first).claims.iat + 300)
})
