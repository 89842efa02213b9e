import { decodeJwt } from '@countersign/core'
import { suiteKeys } from '@countersign/fixtures'
import { describeEmulator } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createVictorEmulator, type VictorEmulatorCredentials } from '../src/victor-emulator.ts'
import { victorProvider } from '../src/victor-provider.ts'
import { victorRules } from '../src/victor-rules.ts'

const production = 'https://api.victorfi.com'
const staging = 'https://api.stage.victorfi.com'

const { open } = describeEmulator<VictorEmulatorCredentials>({
  provider: victorProvider,
  createEmulator: createVictorEmulator,
  keys: suiteKeys,
  credentialNames: ['apiKey', 'clientId', 'clientSecret'],
  call: { path: '/v2/accounts' },
  scheme: 'Token',
  jwt: {
    in: 'call',
    of: ({ credentials: { apiKey }, now }) => ({
      header: { alg: 'RS512', typ: 'JWT' },
      claims: { sub: apiKey, iss: 'victor-api', iat: now(), exp: now() + 300 },
    }),
    maxLifetimeSeconds: 300,
    texts: { sub: 'sub', iss: 'iss' },
    stranger: { claims: { sub: '00000000-0000-4000-8000-000000000000' } },
  },
  exchange: {
    path: '/v2/auth/token',
    encoding: 'json',
    members: ({ credentials: { clientId, clientSecret } }) => ({
      client_id: clientId,
      client_secret: clientSecret,
    }),
    required: { client_id: 'client-id', client_secret: 'client-secret' },
    tokenSeconds: 3600,
    stranger: { members: { client_id: 'stranger' } },
  },
  expected: {
    // The method and the encoding of a token request are not documented: one by GET has no members.
    ...{
      exchangeByGet: 'client-id',
      exchangeOtherEncoding: 'accepted',
      exchangeStranger: 'client-registered',
    },
    ...{ notJwt: 'scheme', lifetimeZero: 'born-expired', noAuthorization: 'credential' },
  },
  refusal: ({ endpoint }, _status, message) => ({
    code: endpoint === 'token' ? 'INVALID_CLIENT' : 'UNAUTHORIZED',
    message,
  }),
  wrong: [
    {
      what: 'a token request with an empty client_secret',
      rule: 'client-secret',
      exchange: { members: { client_secret: '' } },
    },
    {
      what: 'a client_id that turns into no text',
      rule: 'client-id',
      exchange: { members: { client_id: { toString: null } } },
    },
    {
      what: 'a client_secret of somebody else',
      rule: 'client-registered',
      async send({ emulator, exchange }) {
        const { clientSecret } = await emulator.register()
        return exchange({ members: { client_secret: clientSecret } })
      },
    },
    { what: 'another iss', rule: 'iss', call: { claims: { iss: 'victor' } } },
    { what: 'a sub that is not a UUID', rule: 'sub', call: { claims: { sub: 'my-api-key' } } },
    { what: 'an aud', rule: 'claims', call: { claims: { aud: [production] } } },
    { what: 'a jti', rule: 'claims', call: { claims: { jti: '1' } } },
  ],
})

test('a lifetime of 3600 s is accepted in staging and refused in production', async () => {
  const asked = async (at: string, seconds: number) => {
    await using scenario = await open({ at })
    const answer = await scenario.call({ claims: { exp: scenario.now() + seconds } })
    return answer.headers.get('x-countersign-rule')?.split(';')[0] ?? answer.status
  }
  expect(await asked(staging, 3600)).toBe(200)
  expect(await asked(staging, 3601)).toBe('victor.lifetime')
  expect(await asked(production, 300)).toBe(200)
  expect(await asked(production, 3600)).toBe('victor.lifetime')
})

test('at any other address the environment option decides', async () => {
  const createEmulator = () => createVictorEmulator({ environment: 'staging' })
  await using scenario = await open({ createEmulator, at: 'http://127.0.0.1:1' })
  expect((await scenario.call({ claims: { exp: scenario.now() + 3600 } })).status).toBe(200)
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
  await using scenario = await open()
  const token = (await (await scenario.exchange()).json()) as { access_token: string }
  const expires = scenario.clock.now() + 3_600_000
  expect(token).toEqual({ access_token: expect.any(String), token_type: 'Bearer', expires })
  expect((await scenario.call({ scheme: 'Bearer', credential: token.access_token })).status).toBe(200)
  const { claims } = decodeJwt(await scenario.accessToken())
  expect(claims).toMatchObject({ jti: 'victor-access-token-2', exp: expires / 1000 })
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
  await using scenario = await open()
  const answer = await scenario.call({ call: { path } })
  expect(answer.status).toBe(200)
  expect(await answer.json()).toMatchObject(shape)
})
