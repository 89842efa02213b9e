import { fixedKeys, readJwtText } from '@countersign/fixtures'
import { createFixedClock, type RecordedRequest, startRecordingServer } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createOAuth } from '../src/index.ts'

const clock = createFixedClock()
const { privateKey, publicKey } = fixedKeys.rsa2048
const own = { clientId: 'example-client', privateKey, clock }
const uuid = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/

/** Answers token calls with numbered tokens and everything else with an empty object. */
const answer = ({ target }: RecordedRequest, count: number) =>
  target === '/token'
    ? { body: `{"access_token":"token-${count}","token_type":"bearer","expires_in":600}` }
    : {}

const formOf = (request: RecordedRequest | undefined) => new URLSearchParams(request?.body.toString())

test('client credentials: POST with exactly these fields, and an assertion with exactly these members', async () => {
  await using server = await startRecordingServer(answer)
  await createOAuth({
    ...own,
    keyId: 'key-1',
    baseUrl: `${server.url}/v1`,
    tokenUrl: `${server.url}/token`,
  }).token()
  const [request] = server.requests
  expect(request?.method).toBe('POST')
  expect(request?.header('content-type')).toBe('application/x-www-form-urlencoded')
  expect(request?.header('accept')).toBe('application/json')
  expect(request?.header('authorization')).toBeUndefined()
  const assertion = formOf(request).get('client_assertion') ?? ''
  expect(request?.body.toString()).toBe(
    'grant_type=client_credentials&client_id=example-client' +
      '&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3Aclient-assertion-type%3Ajwt-bearer' +
      `&client_assertion=${assertion}`,
  )
  const { header, claims, signedBy } = readJwtText(assertion)
  expect(header).toEqual({ alg: 'RS256', typ: 'JWT', kid: 'key-1' })
  expect(claims).toEqual({
    iss: 'example-client',
    sub: 'example-client',
    aud: `${server.url}/token`,
    iat: 1_767_323_040,
    exp: 1_767_323_340,
    jti: expect.stringMatching(uuid),
  })
  expect(signedBy(publicKey, 'RSA-SHA256')).toBe(true)
})

test('the JWT bearer grant: the assertion is the grant, and sub is there only when it is set', async () => {
  await using server = await startRecordingServer(answer)
  const options = { ...own, baseUrl: server.url, tokenUrl: '/token', grant: 'jwt-bearer' } as const
  await createOAuth(options).token()
  await createOAuth({ ...options, subject: 'user@example.com', scope: 'a b' }).token()
  const [first, second] = server.requests.map(formOf)
  expect([...(first?.keys() ?? [])]).toEqual(['grant_type', 'assertion'])
  expect(first?.get('grant_type')).toBe('urn:ietf:params:oauth:grant-type:jwt-bearer')
  expect([...(second?.keys() ?? [])]).toEqual(['grant_type', 'assertion', 'scope'])
  expect(readJwtText(first?.get('assertion') ?? '').claims).not.toHaveProperty('sub')
  expect(readJwtText(second?.get('assertion') ?? '').claims.sub).toBe('user@example.com')
})

test('an assertion in the header: no body, and the members and expiry of the response are data', async () => {
  await using server = await startRecordingServer(({ target }) =>
    target === '/apps/7/tokens'
      ? { status: 201, body: '{"token":"a-token","expires_at":"2026-01-02T04:04:05Z"}' }
      : {},
  )
  const oauth = createOAuth({
    ...own,
    baseUrl: server.url,
    tokenUrl: '/apps/7/tokens',
    grant: 'header-jwt',
    claims: { aud: null, jti: null },
    headers: { 'user-agent': 'example/1' },
    tokenResponse: { token: 'token', expiry: { member: 'expires_at', form: 'iso' } },
  })
  const token = await oauth.token()
  expect(token.expiresAt).toBe(clock.now() + 3_600_000)
  await oauth.api.get('repositories')
  const [exchange, call] = server.requests
  expect(exchange?.body).toHaveLength(0)
  expect(exchange?.header('content-type')).toBeUndefined()
  const { claims } = readJwtText(exchange?.header('authorization'))
  expect(claims).toEqual({ iss: 'example-client', iat: 1_767_323_040, exp: 1_767_323_340 })
  expect(call?.header('authorization')).toBe('Bearer a-token')
  expect(call?.header('user-agent')).toBe('example/1')
})

test.each([
  [{}, { iat: 1_767_323_040 }],
  [{ timeClaims: ['iat', 'nbf'] }, { iat: 1_767_323_040, nbf: 1_767_323_040 }],
  [{ timeClaims: ['nbf'] }, { nbf: 1_767_323_040 }],
] as const)('with %o an assertion says %o of when it was made', async (options, times) => {
  await using server = await startRecordingServer(answer)
  await createOAuth({ ...own, ...options, baseUrl: server.url, tokenUrl: '/token' }).token()
  const { claims } = readJwtText(formOf(server.requests[0]).get('client_assertion') ?? '')
  const { iat, nbf, exp } = claims
  expect({ iat, nbf, exp }).toEqual({ ...times, exp: 1_767_323_340 })
})

test('scope, resource, parameters, secret, extra claims and x5t#S256 are sent', async () => {
  await using server = await startRecordingServer(answer)
  const certificate = `-----BEGIN CERTIFICATE-----\n${Buffer.from('0 not a real one').toString('base64')}\n-----END CERTIFICATE-----\n`
  await createOAuth({
    ...own,
    baseUrl: server.url,
    tokenUrl: '/token',
    scope: 'read write',
    resource: ['https://a.example', 'https://b.example'],
    parameters: { audience: 'https://api.example.com' },
    clientSecret: 'a-client-secret',
    claims: '{"tenant":"t","jti":null}',
    certificate,
    algorithm: 'PS384',
    audience: 'somebody',
    lifetimeSeconds: 60,
  }).token()
  const form = formOf(server.requests[0])
  expect([...form].slice(4)).toEqual([
    ['client_secret', 'a-client-secret'],
    ['scope', 'read write'],
    ['resource', 'https://a.example'],
    ['resource', 'https://b.example'],
    ['audience', 'https://api.example.com'],
  ])
  const { header, claims } = readJwtText(form.get('client_assertion') ?? '')
  // SHA-256 of the text `0 not a real one`, by openssl.
  expect(header).toEqual({
    alg: 'PS384',
    typ: 'JWT',
    'x5t#S256': 'QJCeEi_s-uX1O-iQe3xf-KX5ce-4sASVyl6yHsjgPoI',
  })
  expect(claims).toEqual({
    iss: 'example-client',
    sub: 'example-client',
    aud: 'somebody',
    iat: 1_767_323_040,
    exp: 1_767_323_100,
    tenant: 't',
  })
})
