import { randomUUID } from 'node:crypto'
import { suiteKeys } from '@countersign/fixtures'
import { describeEmulator, type EmulatorSuite } from '@countersign/testing'
import { describe, expect, test } from 'vitest'
import { createOAuthEmulator, type OAuthEmulatorCredentials } from '../src/oauth-emulator.ts'
import { oauthProvider } from '../src/oauth-provider.ts'
import { oauthRules } from '../src/oauth-rules.ts'

type Suite = EmulatorSuite<OAuthEmulatorCredentials>

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
const jwtBearer = 'urn:ietf:params:oauth:grant-type:jwt-bearer'
const invalidRequests = ['token-method', 'token-form', 'assertion-type', 'assertion']
const badRequests = [...invalidRequests, 'grant-type', 'refresh-token']
const createRefreshing = (more = {}) => createOAuthEmulator({ ...more, refreshTokens: true })

function errorOf({ id, endpoint }: Parameters<Suite['refusal']>[0], refused: string): string {
  const name = id.slice('oauth.'.length)
  if (endpoint === 'api') return 'invalid_token'
  if (name === 'grant-type') return 'unsupported_grant_type'
  return invalidRequests.includes(name) ? 'invalid_request' : refused
}

const jwt = {
  in: 'exchange',
  of: ({ credentials: { clientId }, baseUrl, now }) => ({
    header: { alg: 'RS256', typ: 'JWT' },
    claims: {
      ...{ iss: clientId, sub: clientId, aud: `${baseUrl}/token` },
      ...{ iat: now(), exp: now() + 300, jti: randomUUID() },
    },
  }),
  maxLifetimeSeconds: 3600,
  oneTime: true,
  texts: { iss: 'iss' },
  stranger: { claims: { iss: 'stranger', sub: 'stranger' }, members: { client_id: 'stranger' } },
} satisfies Suite['jwt']

const suite = {
  provider: oauthProvider,
  createEmulator: createOAuthEmulator,
  keys: suiteKeys,
  credentialNames: ['clientId', 'issuer', 'tokenUrl'],
  // Servers take every RSA algorithm; RFC 7523 requires neither `typ` nor `iat`, and no whole seconds. A life of
  // no time breaks the required rule first.
  expected: {
    ...{ algOther: 'accepted', noTyp: 'accepted', timesFraction: 'accepted', noIat: 'accepted' },
    lifetimeZero: 'exp',
  },
} satisfies Partial<Suite>

const wrong: Suite['wrong'] = [
  {
    what: 'aud of another server',
    rule: 'aud',
    exchange: { claims: { aud: 'https://other.example/token' } },
  },
  { what: 'an assertion without aud', rule: 'aud', exchange: { claims: { aud: undefined } } },
  {
    what: 'an assertion that becomes valid later',
    rule: 'nbf',
    exchange: ({ now }) => ({ claims: { nbf: now() + 60 } }),
  },
]

describe('client credentials', () => {
  const { open } = describeEmulator<OAuthEmulatorCredentials>({
    ...suite,
    jwt,
    exchange: {
      path: '/token',
      encoding: 'form',
      members: ({ credentials: { clientId } }, assertion) => ({
        grant_type: 'client_credentials',
        client_id: clientId,
        client_assertion_type: assertionType,
        client_assertion: assertion,
      }),
      required: {
        grant_type: 'grant-type',
        client_assertion_type: 'assertion-type',
        client_assertion: 'assertion',
      },
      tokenSeconds: 3600,
    },
    statuses: Object.fromEntries(badRequests.map((rule) => [rule, 400])),
    refusal: (rule, _status, message) => ({
      error: errorOf(rule, rule.id === 'oauth.refresh-token' ? 'invalid_grant' : 'invalid_client'),
      error_description: message,
    }),
    wrong: [
      ...wrong,
      {
        what: 'iss that is not the client_id of the form',
        rule: 'iss',
        exchange: { claims: { iss: 'somebody-else', sub: 'somebody-else' } },
      },
      { what: 'sub other than iss', rule: 'sub', exchange: { claims: { sub: 'somebody-else' } } },
      {
        what: 'a refresh token that was never issued',
        rule: 'refresh-token',
        exchange: { members: { grant_type: 'refresh_token', refresh_token: 'made-up' } },
      },
      {
        what: 'an assertion in the header with Token for Bearer',
        rule: 'header-assertion',
        send: ({ jwt, send }) =>
          send({
            path: '/app/installations/1/access_tokens',
            init: { method: 'POST', headers: { authorization: `Token ${jwt()}` } },
          }),
      },
    ],
  })

  test('the issuer is accepted as aud, alone and in a list', async () => {
    await using scenario = await open()
    for (const aud of [scenario.baseUrl, [scenario.baseUrl, 'https://other.example']])
      expect((await scenario.exchange({ claims: { aud } })).status).toBe(200)
  })

  test('a refresh token works once, for the client that it was issued to', async () => {
    await using scenario = await open({ createEmulator: createRefreshing })
    const { refresh_token } = (await (await scenario.exchange()).json()) as { refresh_token: string }
    const members = { grant_type: 'refresh_token', refresh_token }
    const first = await scenario.exchange({ members })
    expect([first.status, await first.json()]).toMatchObject([
      200,
      { refresh_token: expect.stringMatching(/-2$/) },
    ])
    expect((await scenario.exchange({ members })).status).toBe(400)
  })
})

describe('the JWT bearer grant', () => {
  // It authenticates no client, and its `sub` is that of anyone.
  const others = ['assertion-type', 'header-assertion', 'sub', 'refresh-token'].map((name) => `oauth.${name}`)
  const required = oauthRules.filter(({ id }) => !others.includes(id))

  describeEmulator<OAuthEmulatorCredentials>({
    ...suite,
    rules: required,
    jwt,
    exchange: {
      path: '/token',
      encoding: 'form',
      members: (_scenario, assertion) => ({ grant_type: jwtBearer, assertion }),
      required: { grant_type: 'grant-type', assertion: 'assertion' },
      tokenSeconds: 3600,
    },
    statuses: Object.fromEntries(
      required
        .filter(({ endpoint }) => endpoint === 'token')
        .map(({ id }) => [id.slice('oauth.'.length), 400]),
    ),
    refusal: (rule, _status, message) => ({
      error: errorOf(rule, 'invalid_grant'),
      error_description: message,
    }),
    wrong: [
      ...wrong,
      {
        what: 'another sub, which is right',
        rule: 'accepted',
        exchange: { claims: { sub: 'user@example.com' } },
      },
    ],
  })
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
