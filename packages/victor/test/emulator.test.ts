import { decodeJwt } from '@countersign/core'
import { fixedKeys } from '@countersign/fixtures'
import {
  describeEmulator,
  type EmulatorScenario,
  type HandMadeRequest,
  type HandSignature,
  handMadeJwt,
  hmacSignature,
  noSignature,
  openLocalScenario,
  openServedScenario,
  rsaSignature,
  tamper,
} from '@countersign/testing'
import { expect, test } from 'vitest'
import { createVictorEmulator, type VictorEmulatorCredentials } from '../src/victor-emulator.ts'
import { victorProvider } from '../src/victor-provider.ts'
import { victorRules } from '../src/victor-rules.ts'

type Scenario = EmulatorScenario<VictorEmulatorCredentials>

interface Change {
  header?: object
  claims?: object
  signature?: HandSignature
  scheme?: string
  /** Makes the token that is sent from the right one. */
  jwt?: (right: string) => string
}

const { privateKey, publicKey } = fixedKeys.rsa2048
const options = { create: createVictorEmulator, publicKey, basePath: '/victor' }
const production = 'https://api.victorfi.com'
const staging = 'https://api.stage.victorfi.com'
const accounts = '/v2/accounts'

function jwtOf(scenario: Scenario) {
  const iat = scenario.now()
  return {
    header: { alg: 'RS512', typ: 'JWT' },
    claims: { sub: scenario.credentials.apiKey, iss: 'victor-api', iat, exp: iat + 300 },
  }
}

function signed(scenario: Scenario, change: Change = {}, path = accounts): HandMadeRequest {
  const { header, claims } = jwtOf(scenario)
  const jwt = handMadeJwt(
    { ...header, ...change.header },
    { ...claims, ...change.claims },
    change.signature ?? rsaSignature(privateKey, 'sha512'),
  )
  return withHeader(`${change.scheme ?? 'Token'} ${change.jwt?.(jwt) ?? jwt}`, path)
}

const withHeader = (authorization: string, path = accounts): HandMadeRequest => ({
  path,
  init: { headers: { authorization } },
})

const call = (change: (scenario: Scenario) => Change) => (scenario: Scenario) =>
  scenario.send(signed(scenario, change(scenario)))

function exchange(scenario: Scenario, change: Record<string, unknown> = {}): Promise<Response> {
  const { clientId, clientSecret } = scenario.credentials
  const body = JSON.stringify({ client_id: clientId, client_secret: clientSecret, ...change })
  const headers = { 'content-type': 'application/json' }
  return scenario.send({ path: '/v2/auth/token', init: { method: 'POST', headers, body } })
}

async function accessToken(scenario: Scenario): Promise<string> {
  const { access_token } = (await (await exchange(scenario)).json()) as { access_token: string }
  return access_token
}

describeEmulator<VictorEmulatorCredentials>({
  ...options,
  provider: victorProvider,
  rules: victorRules,
  realUrls: [production, staging],
  credentialNames: ['apiKey', 'clientId', 'clientSecret'],
  right: signed,
  unknown: (scenario) => signed(scenario, {}, '/v2/unknown'),
  goodJwt: jwtOf,
  refusal: ({ endpoint }, _status, message) => ({
    code: endpoint === 'token' ? 'INVALID_CLIENT' : 'UNAUTHORIZED',
    message,
  }),
  wrong: [
    {
      what: 'a token request without a body',
      rule: 'client-id',
      send: (scenario) => scenario.send({ path: '/v2/auth/token' }),
    },
    {
      what: 'a token request without client_id',
      rule: 'client-id',
      send: (scenario) => exchange(scenario, { client_id: undefined }),
    },
    {
      what: 'a token request with an empty client_secret',
      rule: 'client-secret',
      send: (scenario) => exchange(scenario, { client_secret: '' }),
    },
    {
      what: 'a client_secret of somebody else',
      rule: 'client-registered',
      async send(scenario) {
        const { clientSecret } = await scenario.emulator.register()
        return exchange(scenario, { client_secret: clientSecret })
      },
    },
    {
      what: 'a client_id that nobody knows',
      rule: 'client-registered',
      send: (scenario) => exchange(scenario, { client_id: 'stranger' }),
    },
    {
      what: 'a request without Authorization',
      rule: 'credential',
      send: (scenario) => scenario.send({ path: accounts }),
    },
    { what: 'Bearer for Token', rule: 'scheme', send: call(() => ({ scheme: 'Bearer' })) },
    {
      what: 'Token as the scheme of an OAuth access token',
      rule: 'scheme',
      send: async (scenario) => scenario.send(withHeader(`Token ${await accessToken(scenario)}`)),
    },
    {
      what: 'RS256',
      rule: 'alg',
      send: call(() => ({ header: { alg: 'RS256' }, signature: rsaSignature(privateKey) })),
    },
    {
      what: 'HS512 under the text of the public key',
      rule: 'alg',
      send: call(() => ({ header: { alg: 'HS512' }, signature: hmacSignature(publicKey, 'sha512') })),
    },
    {
      what: 'alg none',
      rule: 'alg',
      send: call(() => ({ header: { alg: 'none' }, signature: noSignature })),
    },
    { what: 'a header without typ', rule: 'typ', send: call(() => ({ header: { typ: undefined } })) },
    { what: 'another iss', rule: 'iss', send: call(() => ({ claims: { iss: 'victor' } })) },
    { what: 'an empty sub', rule: 'sub', send: call(() => ({ claims: { sub: '' } })) },
    {
      what: 'a sub that is a list',
      rule: 'sub',
      send: call(({ credentials }) => ({ claims: { sub: [credentials.apiKey] } })),
    },
    {
      what: 'a sub that turns into no text',
      rule: 'sub',
      send: call(() => ({ claims: { sub: { toString: null } } })),
    },
    {
      what: 'a client_id that turns into no text',
      rule: 'client-id',
      send: (scenario) => exchange(scenario, { client_id: { toString: null } }),
    },
    { what: 'a sub that is not a UUID', rule: 'sub', send: call(() => ({ claims: { sub: 'my-api-key' } })) },
    { what: 'an aud', rule: 'claims', send: call(() => ({ claims: { aud: [production] } })) },
    { what: 'a jti', rule: 'claims', send: call(() => ({ claims: { jti: '1' } })) },
    {
      what: 'milliseconds for seconds',
      rule: 'times',
      send: call((scenario) => ({
        claims: { iat: scenario.now() * 1000, exp: scenario.now() * 1000 + 300_000 },
      })),
    },
    {
      what: 'exp of iat + 0, which 300 milliseconds are',
      rule: 'born-expired',
      send: call((scenario) => ({ claims: { exp: Math.floor((scenario.now() * 1000 + 300) / 1000) } })),
    },
    {
      what: 'a life of 301 s in production',
      rule: 'lifetime',
      send: call((scenario) => ({ claims: { exp: scenario.now() + 301 } })),
    },
    {
      what: 'iat one second ahead',
      rule: 'iat',
      send: call((scenario) => ({ claims: { iat: scenario.now() + 1 } })),
    },
    {
      what: 'exp that is now exactly',
      rule: 'exp',
      send: call((scenario) => ({ claims: { iat: scenario.now() - 300, exp: scenario.now() } })),
    },
    {
      what: 'an API key that nobody knows',
      rule: 'registered',
      send: call(() => ({ claims: { sub: '00000000-0000-4000-8000-000000000000' } })),
    },
    {
      what: 'a signature of another key',
      rule: 'signature',
      send: call(() => ({ signature: rsaSignature(fixedKeys.otherRsa2048.privateKey, 'sha512') })),
    },
    {
      what: 'claims that were changed after signing',
      rule: 'signature',
      send: call((scenario) => ({ jwt: (jwt) => tamper(jwt, { exp: scenario.now() + 299 }) })),
    },
    {
      what: 'an access token with another number',
      rule: 'access-token',
      send: async (scenario) => scenario.send(withHeader(`Bearer ${await accessToken(scenario)}0`)),
    },
    {
      what: 'an access token whose expires is now',
      rule: 'access-token',
      async send(scenario) {
        const token = await accessToken(scenario)
        scenario.clock.advance(3_600_000)
        return scenario.send(withHeader(`Bearer ${token}`))
      },
    },
    {
      what: 'an access token that was taken back',
      rule: 'access-token',
      async send(scenario) {
        const token = await accessToken(scenario)
        scenario.emulator.revokeTokens()
        return scenario.send(withHeader(`Bearer ${token}`))
      },
    },
  ],
})

test('a lifetime of 3600 s is accepted in staging and refused in production', async () => {
  const asked = async (url: string, seconds: number) => {
    await using scenario = await openLocalScenario(options, url)
    const answer = await call(() => ({ claims: { exp: scenario.now() + seconds } }))(scenario)
    return answer.headers.get('x-countersign-rule')?.split(';')[0] ?? answer.status
  }
  expect(await asked(staging, 3600)).toBe(200)
  expect(await asked(staging, 3601)).toBe('victor.lifetime')
  expect(await asked(production, 300)).toBe(200)
  expect(await asked(production, 3600)).toBe('victor.lifetime')
})

test('at any other address the environment option decides', async () => {
  const create = () => createVictorEmulator({ environment: 'staging' })
  await using scenario = await openLocalScenario({ ...options, create }, 'http://127.0.0.1:1')
  const answer = await call(() => ({ claims: { exp: scenario.now() + 3600 } }))(scenario)
  expect(answer.status).toBe(200)
})

test('without an environment a lifetime between the two caps is not judged', () => {
  const rule = victorRules.find(({ id }) => id === 'victor.lifetime')
  const check = (seconds: number, environment?: string) => {
    const jwt = { header: { alg: 'RS512' }, claims: { iss: 'victor-api', iat: 1000, exp: 1000 + seconds } }
    return rule?.check({ now: 0, jwt, environment })
  }
  expect([check(300), check(301), check(3600), check(3601)]).toEqual([true, undefined, undefined, false])
  expect([check(301, 'production'), check(3600, 'staging')]).toEqual([false, true])
})

test('an OAuth key gets a token with absolute expires in milliseconds, and uses it as Bearer', async () => {
  await using scenario = await openServedScenario(options)
  const answer = await exchange(scenario)
  const token = (await answer.json()) as { access_token: string }
  const expires = scenario.clock.now() + 3_600_000
  expect(token).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires })
  expect((await scenario.send(withHeader(`Bearer ${token.access_token}`))).status).toBe(200)
  const { claims } = decodeJwt(await accessToken(scenario))
  expect(claims).toMatchObject({ jti: 'victor-access-token-2', exp: expires / 1000 })
})

test('client_id and client_secret are accepted as a form too, since their encoding is not documented', async () => {
  await using scenario = await openServedScenario(options)
  const { clientId, clientSecret } = scenario.credentials
  const body = new URLSearchParams({ client_id: clientId, client_secret: clientSecret })
  const answer = await scenario.send({ path: '/v2/auth/token', init: { method: 'POST', body } })
  expect(answer.status).toBe(200)
})

test.each([
  [
    '/v2/accounts',
    {
      accounts: [
        {
          victor_account_id: expect.any(String),
          account_name: expect.any(String),
          created_at: expect.any(Number),
        },
      ],
    },
  ],
  ['/v2/payments/ach/payment-1', { id: 'payment-1' }],
  ['/v2/webhooks', { webhooks: [] }],
])('%s answers with its documented shape', async (path, shape) => {
  await using scenario = await openServedScenario(options)
  const answer = await scenario.send(signed(scenario, {}, path))
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject(shape)
})
