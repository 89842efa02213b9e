import { randomUUID } from 'node:crypto'
import { suiteKeys } from '@countersign/fixtures'
import { describeEmulator } from '@countersign/testing'
import { expect, test } from 'vitest'
import { createSpeedaEmulator, type SpeedaEmulatorCredentials } from '../src/speeda-emulator.ts'
import { speedaProvider } from '../src/speeda-provider.ts'

const badRequests = ['token-method', 'token-form', 'grant-type', 'assertion-type', 'client-id', 'assertion']

const { open } = describeEmulator<SpeedaEmulatorCredentials>({
  provider: speedaProvider,
  createEmulator: createSpeedaEmulator,
  keys: suiteKeys,
  credentialNames: ['clientId', 'keyId'],
  jwt: {
    in: 'exchange',
    of({ credentials: { clientId, keyId }, now }) {
      const names = { iss: clientId, sub: clientId, aud: 'https://datafeed.ub-speeda.com/token' }
      return {
        header: { alg: 'RS256', typ: 'JWT', kid: keyId },
        claims: { ...names, iat: now(), exp: now() + 300, jti: randomUUID() },
      }
    },
    maxLifetimeSeconds: 300,
    oneTime: true,
    texts: { iss: 'iss', sub: 'sub' },
    stranger: { claims: { iss: 'stranger', sub: 'stranger' }, members: { client_id: 'stranger' } },
  },
  exchange: {
    path: '/token',
    encoding: 'form',
    members: ({ credentials: { clientId } }, assertion) => ({
      grant_type: 'client_credentials',
      client_id: clientId,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: assertion,
    }),
    required: {
      grant_type: 'grant-type',
      client_id: 'client-id',
      client_assertion_type: 'assertion-type',
      client_assertion: 'assertion',
    },
    tokenSeconds: 300,
  },
  statuses: Object.fromEntries(badRequests.map((rule) => [rule, 400])),
  refusal({ id, endpoint }, status, message) {
    const grant = id === 'speeda.grant-type' ? 'unsupported_grant_type' : 'invalid_request'
    const error = endpoint === 'api' ? 'invalid_token' : status === 400 ? grant : 'invalid_client'
    return { error, error_description: message }
  },
  wrong: [
    { what: 'a header without kid', rule: 'kid', exchange: { header: { kid: undefined } } },
    {
      what: 'iss that is not the client_id of the form',
      rule: 'iss',
      exchange: { claims: { iss: 'somebody-else', sub: 'somebody-else' } },
    },
    { what: 'sub other than iss', rule: 'sub', exchange: { claims: { sub: 'somebody-else' } } },
    {
      what: 'aud in an array',
      rule: 'aud',
      exchange: ({ right }) => ({ claims: { aud: [right().claims['aud']] } }),
    },
    {
      what: 'aud of the host that was called',
      rule: 'aud',
      exchange: ({ baseUrl }) => ({ claims: { aud: `${baseUrl}/token` } }),
    },
    {
      what: 'a key id of somebody else',
      rule: 'registered',
      async send({ emulator, exchange }) {
        const { keyId } = await emulator.register(suiteKeys.other.publicKey)
        return exchange({ header: { kid: keyId } })
      },
    },
  ],
})

test('the token response has the documented members, and tokens are numbered', async () => {
  await using scenario = await open()
  const answer = await scenario.exchange()
  const first = (await answer.json()) as { access_token: string }
  expect(first).toEqual({ access_token: expect.any(String), token_type: 'bearer', expires_in: 300 })
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(first.access_token).toMatch(/-1$/)
  expect(await scenario.accessToken()).toMatch(/-2$/)
})

test('the same assertion sent ten times at once gets one token', async () => {
  await using scenario = await open()
  const request = scenario.exchangeRequest()
  const answers = await Promise.all(Array.from({ length: 10 }, () => scenario.send(request)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
})

test('the example endpoint answers for the country that was asked for', async () => {
  await using scenario = await open()
  const path = '/private-company/v1/companies?country=KOR'
  const answer = await scenario.call({ call: { path }, scheme: 'bearer' })
  expect(await answer.json()).toEqual({
    companies: [{ id: expect.any(String), name: expect.any(String), country: 'KOR' }],
  })
})
