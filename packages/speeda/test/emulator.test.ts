import { randomUUID } from 'node:crypto'
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
import { createSpeedaEmulator, type SpeedaEmulatorCredentials } from '../src/speeda-emulator.ts'
import { speedaProvider } from '../src/speeda-provider.ts'
import { speedaRules } from '../src/speeda-rules.ts'

type Scenario = EmulatorScenario<SpeedaEmulatorCredentials>

interface Change {
  header?: object
  claims?: object
  signature?: HandSignature
  /** Makes the assertion that is sent from the right one. */
  jwt?: (right: string) => string
  /** Fields of the form; `undefined` leaves one out. */
  form?: Record<string, string | undefined>
  init?: RequestInit
}

const { privateKey, publicKey } = fixedKeys.rsa2048
const options = { create: createSpeedaEmulator, publicKey, basePath: '/speeda' }
const companies = '/private-company/v1/companies?country=KOR'

function jwtOf(scenario: Scenario) {
  const { clientId, keyId } = scenario.credentials
  const iat = scenario.now()
  return {
    header: { alg: 'RS256', typ: 'JWT', kid: keyId },
    claims: {
      iss: clientId,
      sub: clientId,
      aud: 'https://datafeed.ub-speeda.com/token',
      iat,
      exp: iat + 300,
      jti: randomUUID(),
    },
  }
}

function tokenRequest(scenario: Scenario, change: Change = {}): HandMadeRequest {
  const right = jwtOf(scenario)
  const jwt = handMadeJwt(
    { ...right.header, ...change.header },
    { ...right.claims, ...change.claims },
    change.signature ?? rsaSignature(privateKey),
  )
  const form = {
    grant_type: 'client_credentials',
    client_id: scenario.credentials.clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: change.jwt?.(jwt) ?? jwt,
    ...change.form,
  }
  const fields = Object.entries(form).filter((field): field is [string, string] => field[1] !== undefined)
  const headers = { 'content-type': 'application/x-www-form-urlencoded' }
  const body = new URLSearchParams(fields).toString()
  return { path: '/token', init: { method: 'POST', headers, body, ...change.init } }
}

const exchange =
  (change: (scenario: Scenario) => Change = () => ({})) =>
  (scenario: Scenario) =>
    scenario.send(tokenRequest(scenario, change(scenario)))

async function accessToken(scenario: Scenario): Promise<string> {
  const answer = await exchange()(scenario)
  const { access_token } = (await answer.json()) as { access_token: string }
  return access_token
}

const withHeader = (authorization: string, path = companies): HandMadeRequest => ({
  path,
  init: { headers: { authorization } },
})

describeEmulator<SpeedaEmulatorCredentials>({
  ...options,
  provider: speedaProvider,
  rules: speedaRules,
  realUrls: ['https://datafeed.ub-speeda.com'],
  credentialNames: ['clientId', 'keyId'],
  right: async (scenario) => withHeader(`Bearer ${await accessToken(scenario)}`),
  unknown: async (scenario) => withHeader(`Bearer ${await accessToken(scenario)}`, '/unknown'),
  goodJwt: jwtOf,
  refusal({ id, endpoint }, status, message) {
    const grant = id === 'speeda.grant-type' ? 'unsupported_grant_type' : 'invalid_request'
    const error = endpoint === 'api' ? 'invalid_token' : status === 400 ? grant : 'invalid_client'
    return { error, error_description: message }
  },
  wrong: [
    {
      what: 'a token request by GET',
      rule: 'token-method',
      status: 400,
      send: (scenario) => scenario.send({ path: '/token' }),
    },
    {
      what: 'a token request in JSON',
      rule: 'token-form',
      status: 400,
      send: exchange(() => ({ init: { headers: { 'content-type': 'application/json' }, body: '{}' } })),
    },
    {
      what: 'another grant',
      rule: 'grant-type',
      status: 400,
      send: exchange(() => ({ form: { grant_type: 'password' } })),
    },
    {
      what: 'a form without the assertion type',
      rule: 'assertion-type',
      status: 400,
      send: exchange(() => ({ form: { client_assertion_type: undefined } })),
    },
    {
      what: 'a form without client_id',
      rule: 'client-id',
      status: 400,
      send: exchange(() => ({ form: { client_id: undefined } })),
    },
    {
      what: 'a form without an assertion',
      rule: 'assertion',
      status: 400,
      send: exchange(() => ({ form: { client_assertion: undefined } })),
    },
    {
      what: 'an assertion that is not a JWT',
      rule: 'assertion',
      status: 400,
      send: exchange(() => ({ jwt: () => 'opaque' })),
    },
    {
      what: 'HS256 under the text of the public key',
      rule: 'alg',
      send: exchange(() => ({ header: { alg: 'HS256' }, signature: hmacSignature(publicKey) })),
    },
    {
      what: 'alg none',
      rule: 'alg',
      send: exchange(() => ({ header: { alg: 'none' }, signature: noSignature })),
    },
    {
      what: 'RS512',
      rule: 'alg',
      send: exchange(() => ({ header: { alg: 'RS512' }, signature: rsaSignature(privateKey, 'sha512') })),
    },
    { what: 'a header without typ', rule: 'typ', send: exchange(() => ({ header: { typ: undefined } })) },
    { what: 'a header without kid', rule: 'kid', send: exchange(() => ({ header: { kid: undefined } })) },
    {
      what: 'iss that is not the client_id of the form',
      rule: 'iss',
      send: exchange(() => ({ claims: { iss: 'somebody-else', sub: 'somebody-else' } })),
    },
    {
      what: 'an iss that turns into no text',
      rule: 'iss',
      send: exchange(() => ({ claims: { iss: { toString: null } } })),
    },
    { what: 'an empty sub', rule: 'sub', send: exchange(() => ({ claims: { sub: '' } })) },
    { what: 'sub other than iss', rule: 'sub', send: exchange(() => ({ claims: { sub: 'somebody-else' } })) },
    {
      what: 'aud in an array',
      rule: 'aud',
      send: exchange((scenario) => ({ claims: { aud: [jwtOf(scenario).claims.aud] } })),
    },
    {
      what: 'aud of the host that was called',
      rule: 'aud',
      send: exchange((scenario) => ({ claims: { aud: `${scenario.baseUrl}/token` } })),
    },
    {
      what: 'milliseconds for seconds',
      rule: 'times',
      send: exchange((scenario) => ({
        claims: { iat: scenario.now() * 1000, exp: (scenario.now() + 300) * 1000 },
      })),
    },
    {
      what: 'a fraction of a second',
      rule: 'times',
      send: exchange((scenario) => ({ claims: { iat: scenario.now() - 0.5 } })),
    },
    {
      what: 'a life of 301 s',
      rule: 'lifetime',
      send: exchange((scenario) => ({ claims: { exp: scenario.now() + 301 } })),
    },
    {
      what: 'exp of iat',
      rule: 'lifetime',
      send: exchange((scenario) => ({ claims: { exp: scenario.now() } })),
    },
    {
      what: 'iat one second ahead',
      rule: 'iat',
      send: exchange((scenario) => ({ claims: { iat: scenario.now() + 1 } })),
    },
    {
      what: 'exp that is now exactly',
      rule: 'exp',
      send: exchange((scenario) => ({ claims: { iat: scenario.now() - 300, exp: scenario.now() } })),
    },
    { what: 'an assertion without jti', rule: 'jti', send: exchange(() => ({ claims: { jti: undefined } })) },
    {
      what: 'a client that nobody knows',
      rule: 'registered',
      send: exchange(() => ({
        claims: { iss: 'stranger', sub: 'stranger' },
        form: { client_id: 'stranger' },
      })),
    },
    {
      what: 'a key id of somebody else',
      rule: 'registered',
      async send(scenario) {
        const { keyId } = await scenario.emulator.register(fixedKeys.otherRsa2048.publicKey)
        return exchange(() => ({ header: { kid: keyId } }))(scenario)
      },
    },
    {
      what: 'a signature of another key',
      rule: 'signature',
      send: exchange(() => ({ signature: rsaSignature(fixedKeys.otherRsa2048.privateKey) })),
    },
    {
      what: 'claims that were changed after signing',
      rule: 'signature',
      send: exchange(() => ({ jwt: (jwt) => tamper(jwt, { jti: randomUUID() }) })),
    },
    {
      what: 'the same assertion again',
      rule: 'replay',
      async send(scenario) {
        const request = tokenRequest(scenario)
        expect((await scenario.send(request)).status).toBe(200)
        return scenario.send(request)
      },
    },
    {
      what: 'another assertion with a jti that was used',
      rule: 'replay',
      async send(scenario) {
        const jti = randomUUID()
        expect((await exchange(() => ({ claims: { jti } }))(scenario)).status).toBe(200)
        scenario.clock.advance(2000)
        return exchange(() => ({ claims: { jti } }))(scenario)
      },
    },
    {
      what: 'an API call without Authorization',
      rule: 'scheme',
      send: (scenario) => scenario.send({ path: companies }),
    },
    {
      what: 'Token for Bearer',
      rule: 'scheme',
      send: async (scenario) => scenario.send(withHeader(`Token ${await accessToken(scenario)}`)),
    },
    {
      what: 'an access token with another number',
      rule: 'access-token',
      send: async (scenario) => scenario.send(withHeader(`Bearer ${await accessToken(scenario)}0`)),
    },
    {
      what: 'the assertion instead of the access token',
      rule: 'access-token',
      send: (scenario) =>
        scenario.send(
          withHeader(
            `Bearer ${handMadeJwt(jwtOf(scenario).header, jwtOf(scenario).claims, rsaSignature(privateKey))}`,
          ),
        ),
    },
    {
      what: 'an access token at the end of its 300 s',
      rule: 'access-token',
      async send(scenario) {
        const token = await accessToken(scenario)
        scenario.clock.advance(299_999)
        expect((await scenario.send(withHeader(`Bearer ${token}`))).status).toBe(200)
        scenario.clock.advance(1)
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

test('the token response has the documented members, and tokens are numbered', async () => {
  await using scenario = await openServedScenario(options)
  const answer = await exchange()(scenario)
  const first = (await answer.json()) as { access_token: string }
  expect(first).toEqual({ access_token: expect.any(String), token_type: 'bearer', expires_in: 300 })
  expect(answer.headers.get('content-type')).toBe('application/json')
  expect(first.access_token).toMatch(/-1$/)
  expect(await accessToken(scenario)).toMatch(/-2$/)
})

test('the same assertion sent ten times at once gets one token', async () => {
  await using scenario = await openServedScenario(options)
  const request = tokenRequest(scenario)
  const answers = await Promise.all(Array.from({ length: 10 }, () => scenario.send(request)))
  expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
})

test('the example endpoint answers for the country that was asked for', async () => {
  await using scenario = await openServedScenario(options)
  const answer = await scenario.send(withHeader(`bearer ${await accessToken(scenario)}`))
  expect(await answer.json()).toEqual({
    companies: [{ id: expect.any(String), name: expect.any(String), country: 'KOR' }],
  })
})
