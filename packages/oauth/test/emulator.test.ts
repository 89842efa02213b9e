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
import { createOAuthEmulator, type OAuthEmulatorCredentials } from '../src/oauth-emulator.ts'
import { oauthProvider } from '../src/oauth-provider.ts'
import { oauthRules } from '../src/oauth-rules.ts'

type Scenario = EmulatorScenario<OAuthEmulatorCredentials>

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
const options = { create: createOAuthEmulator, publicKey, basePath: '/oauth' }
const refreshing = {
  ...options,
  create: (more = {}) => createOAuthEmulator({ ...more, refreshTokens: true }),
}
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'

function jwtOf(scenario: Scenario) {
  const { clientId } = scenario.credentials
  const iat = scenario.now()
  return {
    header: { alg: 'RS256', typ: 'JWT' },
    claims: {
      iss: clientId,
      sub: clientId,
      aud: `${scenario.baseUrl}/token`,
      iat,
      exp: iat + 300,
      jti: randomUUID(),
    },
  }
}

function assertionOf(scenario: Scenario, change: Change = {}): string {
  const right = jwtOf(scenario)
  const jwt = handMadeJwt(
    { ...right.header, ...change.header },
    { ...right.claims, ...change.claims },
    change.signature ?? rsaSignature(privateKey),
  )
  return change.jwt?.(jwt) ?? jwt
}

function tokenRequest(scenario: Scenario, change: Change = {}): HandMadeRequest {
  const form = {
    grant_type: 'client_credentials',
    client_id: scenario.credentials.clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertionOf(scenario, change),
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

const withHeader = (authorization: string, path = '/orders'): HandMadeRequest => ({
  path,
  init: { headers: { authorization } },
})

const grant = (assertion: string) => ({
  grant_type: jwtBearer,
  assertion,
  client_id: undefined,
  client_assertion: undefined,
  client_assertion_type: undefined,
})

describeEmulator<OAuthEmulatorCredentials>({
  ...options,
  provider: oauthProvider,
  rules: oauthRules,
  realUrls: ['https://api.example.com'],
  credentialNames: ['clientId', 'issuer', 'tokenUrl'],
  right: async (scenario) => withHeader(`Bearer ${await accessToken(scenario)}`),
  unknown: async (scenario) => withHeader(`Bearer ${await accessToken(scenario)}`, '/unknown'),
  goodJwt: jwtOf,
  refusal({ id, endpoint }, status, message) {
    const badRequest =
      { 'oauth.grant-type': 'unsupported_grant_type', 'oauth.refresh-token': 'invalid_grant' }[id] ??
      'invalid_request'
    const error = endpoint === 'api' ? 'invalid_token' : status === 400 ? badRequest : 'invalid_client'
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
      what: 'iss that is not the client_id of the form',
      rule: 'iss',
      send: exchange(() => ({ claims: { iss: 'somebody-else', sub: 'somebody-else' } })),
    },
    { what: 'sub other than iss', rule: 'sub', send: exchange(() => ({ claims: { sub: 'somebody-else' } })) },
    {
      what: 'aud of another server',
      rule: 'aud',
      send: exchange(() => ({ claims: { aud: 'https://other.example/token' } })),
    },
    { what: 'an assertion without aud', rule: 'aud', send: exchange(() => ({ claims: { aud: undefined } })) },
    {
      what: 'milliseconds for seconds',
      rule: 'times',
      send: exchange((scenario) => ({
        claims: { iat: scenario.now() * 1000, exp: (scenario.now() + 300) * 1000 },
      })),
    },
    {
      what: 'an assertion without exp',
      rule: 'times',
      send: exchange(() => ({ claims: { exp: undefined } })),
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
    {
      what: 'a life of two hours',
      rule: 'lifetime',
      send: exchange((scenario) => ({ claims: { exp: scenario.now() + 7200 } })),
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
      what: 'a refresh token that was never issued',
      rule: 'refresh-token',
      status: 400,
      send: exchange(() => ({ form: { grant_type: 'refresh_token', refresh_token: 'made-up' } })),
    },
    {
      what: 'an API call without Authorization',
      rule: 'scheme',
      send: (scenario) => scenario.send({ path: '/orders' }),
    },
    {
      what: 'the assertion instead of the access token',
      rule: 'access-token',
      send: (scenario) => scenario.send(withHeader(`Bearer ${assertionOf(scenario)}`)),
    },
    {
      what: 'an assertion in the header with Token for Bearer',
      rule: 'header-assertion',
      send: (scenario) =>
        scenario.send({
          path: '/app/installations/1/access_tokens',
          init: { method: 'POST', headers: { authorization: `Token ${assertionOf(scenario)}` } },
        }),
    },
    {
      what: 'an access token at the end of its hour',
      rule: 'access-token',
      async send(scenario) {
        const token = await accessToken(scenario)
        scenario.clock.advance(3_599_999)
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

test('the issuer is accepted as aud, alone and in a list', async () => {
  await using scenario = await openServedScenario(options)
  for (const aud of [scenario.baseUrl, [scenario.baseUrl, 'https://other.example']])
    expect((await exchange(() => ({ claims: { aud } }))(scenario)).status).toBe(200)
})

test('the JWT bearer grant needs no client, takes any sub, and is refused with invalid_grant', async () => {
  await using scenario = await openServedScenario(options)
  const right = assertionOf(scenario, { claims: { sub: 'user@example.com' } })
  expect((await exchange(() => ({ form: grant(right) }))(scenario)).status).toBe(200)
  const again = await exchange(() => ({ form: grant(right) }))(scenario)
  expect([again.status, await again.json()]).toMatchObject([400, { error: 'invalid_grant' }])
})

test('a refresh token works once, for the client that it was issued to', async () => {
  await using scenario = await openServedScenario(refreshing)
  const issued = (await (await exchange()(scenario)).json()) as { refresh_token: string }
  const form = { grant_type: 'refresh_token', refresh_token: issued.refresh_token }
  const first = await exchange(() => ({ form }))(scenario)
  expect([first.status, await first.json()]).toMatchObject([
    200,
    { refresh_token: expect.stringMatching(/-2$/) },
  ])
  expect((await exchange(() => ({ form }))(scenario)).status).toBe(400)
})

test('the metadata is published at both addresses, also those of an issuer with a path', async () => {
  const emulator = createOAuthEmulator({ baseUrl: 'https://login.example.com/tenant' })
  for (const [path, issuer] of [
    ['/tenant/.well-known/openid-configuration', 'https://login.example.com/tenant'],
    ['/.well-known/oauth-authorization-server/tenant', 'https://login.example.com/tenant'],
  ]) {
    const answer = await emulator.fetch(`https://login.example.com${path}`)
    expect(await answer.json()).toMatchObject({ issuer, token_endpoint: `${issuer}/token` })
  }
})
