import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { fixedKeys } from '@countersign/fixtures'
import { createOAuth, type OAuthOptions } from '@countersign/oauth'
import { exportJWK, importSPKI } from 'jose'
import Provider, { type ClientMetadata } from 'oidc-provider'
import { afterAll, beforeAll, expect, test } from 'vitest'

const algorithms = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'] as const
const { rsa2048, otherRsa2048 } = fixedKeys
const api = 'https://api.example.com'

let issuer: string
let close: () => Promise<void>

beforeAll(async () => {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const jwk = await exportJWK(await importSPKI(rsa2048.publicKey, 'RS256', { extractable: true }))
  const clients = algorithms.map(
    (alg): ClientMetadata => ({
      client_id: `client-${alg}`,
      grant_types: ['client_credentials'],
      redirect_uris: [],
      response_types: [],
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_signing_alg: alg,
      jwks: { keys: [{ ...jwk, kid: 'key-1' }] },
    }),
  )
  const provider = new Provider(issuer, {
    clients,
    clientAuthMethods: ['private_key_jwt'],
    enabledJWA: { clientAuthSigningAlgValues: [...algorithms] },
    scopes: ['orders'],
    ttl: { ClientCredentials: 600 },
    features: {
      clientCredentials: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => api,
        getResourceServerInfo: (_ctx, audience) => ({
          audience,
          scope: 'orders',
          accessTokenFormat: 'opaque',
          accessTokenTTL: 600,
        }),
      },
    },
  })
  server.on('request', provider.callback())
  close = () =>
    new Promise((resolve) => {
      server.close(() => resolve())
      server.closeAllConnections()
    })
})

afterAll(() => close())

const clientFor = (algorithm: (typeof algorithms)[number], more: Partial<OAuthOptions> = {}) =>
  createOAuth({
    baseUrl: api,
    issuer,
    clientId: `client-${algorithm}`,
    keyId: 'key-1',
    privateKey: rsa2048.privateKey,
    algorithm,
    scope: 'orders',
    resource: api,
    ...more,
  } as OAuthOptions)

test.each(algorithms)('oidc-provider issues a token for an assertion signed with %s', async (algorithm) => {
  const token = await clientFor(algorithm).token()
  expect(token.scheme).toBe('Bearer')
  expect(token.expiresAt - token.issuedAt).toBe(600_000)
})

test('the token endpoint is accepted as aud too', async () => {
  const token = await clientFor('PS256', { audience: 'token-endpoint' }).token()
  expect(token.value.reveal()).not.toBe('')
})

test('metadata of the server is refused for an issuer that is another text', async () => {
  await expect(clientFor('RS256', { issuer: `${issuer}/` }).token()).rejects.toMatchObject({
    code: 'TOKEN_RESPONSE_INVALID',
    retryable: false,
  })
})

test.each([
  ['another key', { privateKey: otherRsa2048.privateKey }],
  ['another algorithm', { clientId: 'client-RS512' }],
  ['another audience', { audience: 'https://other.example' }],
  ['another client', { clientId: 'client-of-nobody' }],
])('oidc-provider refuses %s with invalid_client', async (_what, more) => {
  await expect(clientFor('RS256', more).token()).rejects.toMatchObject({
    code: 'TOKEN_REQUEST_REJECTED',
    status: 401,
    providerCode: 'invalid_client',
    retryable: false,
  })
})
