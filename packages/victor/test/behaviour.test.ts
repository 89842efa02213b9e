import { fixedKeys, readJwtText } from '@countersign/fixtures'
import { createFixedClock, startRecordingServer } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { createVictor, type VictorOptions } from '../src/index.ts'

const clock = createFixedClock()
const { privateKey } = fixedKeys.rsa2048
const jwtKey = { apiKey: '00000000-0000-4000-8000-000000000007', privateKey, clock }
const oauthKey = { clientId: 'example-client', clientSecret: 'an example of a secret', clock }
const config = { name: 'ConfigError', code: 'CONFIG_INVALID', provider: 'victor' }
const mixed = (options: object) => () => createVictor(options as VictorOptions)

describe('the maximum lifetime of a client JWT', () => {
  test.each([
    ['production', 300],
    ['staging', 3600],
  ] as const)('in %s %i s are taken', async (environment, lifetimeSeconds) => {
    await using server = await startRecordingServer()
    const victor = createVictor({ ...jwtKey, environment, lifetimeSeconds, baseUrl: server.url })
    await victor.fetch(server.url)
    const { iat, exp } = readJwtText(server.requests[0]?.header('authorization')).claims
    expect(exp - iat).toBe(lifetimeSeconds)
  })

  test.each([
    ['production', 301],
    ['production', 3600],
    ['staging', 3601],
    ['staging', 0],
    ['production', -1],
    ['production', 60.5],
    ['production', '60'],
    ['production', null],
  ])('in %s %s s are refused', (environment, lifetimeSeconds) => {
    expect(mixed({ ...jwtKey, environment, lifetimeSeconds })).toThrow(expect.objectContaining(config))
    expect(mixed({ ...jwtKey, environment, lifetimeSeconds })).toThrow(/^victor: `lifetimeSeconds`/)
  })

  test('is 300 s by default in both environments', async () => {
    await using server = await startRecordingServer()
    for (const environment of ['production', 'staging'] as const)
      await createVictor({ ...jwtKey, environment, baseUrl: server.url }).fetch(server.url)
    const lives = server.requests.map((request) => readJwtText(request.header('authorization')).claims)
    expect(lives.map(({ iat, exp }) => exp - iat)).toEqual([300, 300])
  })
})

test.each([
  ['both keys', { ...jwtKey, ...oauthKey }, /Options of both kinds of keys are mixed/],
  ['a private key and a client id', { privateKey, clientId: 'example-client' }, /mixed/],
  ['an OAuth key with lifetimeSeconds', { ...oauthKey, lifetimeSeconds: 60 }, /mixed/],
  ['an OAuth key with reuse', { ...oauthKey, reuse: 'never' }, /mixed/],
  ['an API key alone', { apiKey: jwtKey.apiKey }, /`privateKey` is missing/],
  ['a private key alone', { privateKey }, /`apiKey` is missing/],
  ['a client id alone', { clientId: 'example-client' }, /`clientSecret` is missing/],
  ['a client secret alone', { clientSecret: 'a secret' }, /`clientId` is missing/],
  ['no key', {}, /`apiKey` is missing. `privateKey` is missing/],
])('%s is CONFIG_INVALID', (_words, options, message) => {
  const create = mixed({ environment: 'production', ...options })
  expect(create).toThrow(expect.objectContaining(config))
  expect(create).toThrow(message)
})

test.each([undefined, 'sandbox', 'Production', ''])('the environment %j is CONFIG_INVALID', (environment) => {
  expect(mixed({ ...jwtKey, environment })).toThrow(expect.objectContaining(config))
  expect(mixed({ ...jwtKey, environment })).toThrow(/`environment`/)
})

test.each([
  ['{"access_token":"a-token","token_type":"Bearer"}', /expires. is missing or not a number/],
  [
    '{"access_token":"a-token","token_type":"Bearer","expires":"tomorrow"}',
    /expires. is missing or not a number/,
  ],
  ['{"access_token":"a-token","token_type":"Bearer","expires":1767326645}', /expires. is in seconds/],
  ['{"access_token":"a-token","token_type":"Bearer","expires":1767323045000}', /expires. is in the past/],
  ['{"access_token":"a-token","token_type":"Bearer","expires":9767323045000}', /more than a year/],
  ['{"access_token":"a-token","expires":1767326645000}', /token_type. is missing/],
  [
    '{"access_token":"a-token","token_type":"two words","expires":1767326645000}',
    /token_type. is not allowed/,
  ],
  ['{"token_type":"Bearer","expires":1767326645000}', /access_token. is missing/],
])('the response %s is refused with the reason', async (body, message) => {
  await using server = await startRecordingServer(() => ({ body }))
  const failure = createVictor({ ...oauthKey, environment: 'production', baseUrl: server.url }).token()
  await expect(failure).rejects.toMatchObject({ code: 'TOKEN_RESPONSE_INVALID', retryable: false })
  await expect(failure).rejects.toThrow(message)
  expect(server.requests).toHaveLength(1)
})

test.each([
  ['{"code":"UNAUTHORIZED","message":"no such key"}', /401 UNAUTHORIZED \(no such key\)/],
  ['{"error":"invalid_client","error_description":"no"}', /401 invalid_client \(no\)/],
  ['<html>', /was answered 401\./],
  ['', /was answered 401\./],
])('the error body %s is read or ignored', async (body, message) => {
  await using server = await startRecordingServer(() => ({ status: 401, body }))
  const own = { environment: 'production', baseUrl: server.url } as const
  const failure = createVictor({ ...jwtKey, ...own }).api.get('v2/accounts')
  await expect(failure).rejects.toMatchObject({ code: 'HTTP_STATUS', status: 401 })
  await expect(failure).rejects.toThrow(message)
  await expect(createVictor({ ...oauthKey, ...own }).token()).rejects.toThrow(message)
})

test('the abort reason of a caller that left before the call passes through', async () => {
  const signal = AbortSignal.abort('gone before')
  for (const reuse of ['never', 'until-expiry'] as const) {
    const victor = createVictor({ ...jwtKey, environment: 'production', reuse })
    await expect(victor.token({ signal })).rejects.toBe('gone before')
    await expect(victor.fetch('https://api.victorfi.com/v2/accounts', { signal })).rejects.toBe('gone before')
  }
})

describe('Idempotency-Key', () => {
  const pay = async (headers: Record<string, string>, options: object = {}) => {
    await using server = await startRecordingServer((_request, count) => (count < 3 ? { status: 503 } : {}))
    const { api } = createVictor({ ...jwtKey, environment: 'staging', baseUrl: server.url })
    const status = await api
      .post('v2/payments/ach', { headers, json: { amount: 1 }, ...options })
      .then(({ status }) => status)
      .catch((error: { code: string }) => error.code)
    return { status, keys: server.requests.map((request) => request.header('idempotency-key')), server }
  }

  test('a POST that has one is sent again with the same one, and with a new token', async () => {
    const { status, keys, server } = await pay({ 'Idempotency-Key': 'payment-1' })
    expect(status).toBe(200)
    expect(keys).toEqual(['payment-1', 'payment-1', 'payment-1'])
    expect(server.requests.map(({ body }) => body.toString())).toEqual(Array(3).fill('{"amount":1}'))
  })

  test('a POST without one is sent once, and gets none', async () => {
    const { status, keys } = await pay({})
    expect(status).toBe('HTTP_STATUS')
    expect(keys).toEqual([undefined])
  })

  test("the caller's own options of a retry are kept", async () => {
    const headers = { 'Idempotency-Key': 'payment-1' }
    expect((await pay(headers, { retry: 0 })).keys).toHaveLength(1)
    expect((await pay(headers, { retry: { limit: 1 } })).keys).toHaveLength(2)
    expect((await pay(headers, { retry: { methods: ['get'] } })).keys).toHaveLength(1)
  })

  test('one of more than 128 characters is refused before anything is sent', async () => {
    expect(await pay({ 'Idempotency-Key': 'k'.repeat(129) })).toMatchObject({
      status: 'CONFIG_INVALID',
      keys: [],
    })
    expect((await pay({ 'Idempotency-Key': 'k'.repeat(128) })).status).toBe(200)
  })
})
