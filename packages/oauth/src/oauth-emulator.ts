import {
  createEmulator,
  createEmulatorClock,
  createIssuedTokens,
  createReplayMemory,
  type EmulatedRequest,
  type Emulator,
  type EmulatorOptions,
  jsonResponse,
  readForm,
  signatureHolds,
} from '@countersign/core/emulator'
import { importPublicKey, type RuleInput, type Verdict } from '@countersign/core/provider'
import {
  isHeaderJwtPath,
  oauthAlgorithms,
  oauthEndpointOf,
  oauthMetadataPaths,
  oauthRules,
} from './oauth-rules.ts'

/** What `register` returns, under the option names. The addresses are paths below the base URL. */
export interface OAuthEmulatorCredentials {
  clientId: string
  tokenUrl: string
  issuer: string
}

export type OAuthEmulator = Emulator<OAuthEmulatorCredentials>

/** Options of {@link createOAuthEmulator}. */
export interface OAuthEmulatorOptions extends EmulatorOptions {
  /** Whether token responses have a refresh token, which works once. Default false. */
  refreshTokens?: boolean
  /** More members of token responses, such as `{ instance_url: 'https://api.example.com' }`. */
  tokenResponse?: Readonly<Record<string, unknown>>
}

const tokenSeconds = 3600
const refreshSeconds = 30 * 24 * 3600

/**
 * An authorization server with metadata (RFC 8414), client assertions and the JWT bearer grant (RFC 7523), and an
 * API behind it. `POST /app/installations/{id}/access_tokens` exchanges an assertion in the header, as GitHub Apps do,
 * for a token with an expiry in ISO 8601.
 *
 * @example
 * ```ts
 * import { createOAuth, generateKeyPair } from '@countersign/oauth'
 * import { createOAuthEmulator } from '@countersign/oauth/emulator'
 *
 * const { privateKey, publicKey } = await generateKeyPair()
 * const emulator = createOAuthEmulator()
 * const { clientId, issuer } = await emulator.register(publicKey)
 * const baseUrl = 'https://api.example.com'
 * const oauth = createOAuth({ baseUrl, issuer, clientId, privateKey, fetch: emulator.fetch })
 * ```
 */
export function createOAuthEmulator(options: OAuthEmulatorOptions = {}): OAuthEmulator {
  const clock = createEmulatorClock(options.clock)
  const keys = new Map<string, string>()
  const used = createReplayMemory()
  const tokens = createIssuedTokens('oauth-access-token')
  const refreshTokens = createIssuedTokens('oauth-refresh-token')
  let registered = 0
  return createEmulator(
    {
      provider: 'oauth',
      rules: oauthRules,
      basePath: '',
      otherPaths: oauthMetadataPaths,
      clock,
      endpointOf: oauthEndpointOf,
      async register(publicKey, kept) {
        registered += 1
        const clientId = kept?.clientId ?? `oauth-client-${registered}`
        if (publicKey !== undefined) {
          await importPublicKey(publicKey, { algorithm: 'RS256', provider: 'oauth' })
          keys.set(clientId, publicKey)
        }
        return { clientId, tokenUrl: '/token', issuer: '/' }
      },
      revokeTokens: tokens.revokeAll,
      answerOpen: (request) => answerMetadata(request),
      async gather(request, { jwt, fields }) {
        const { endpoint, now, credential } = request
        if (endpoint === 'api') return { issued: tokens.look(credential, now).state }
        // A claim can be of any type, also one that cannot be made text.
        const iss: unknown = jwt?.claims.iss
        const owner = typeof iss === 'string' ? iss : ''
        const key = keys.get(owner)
        const { base, tokenEndpoint } = addressesOf(request)
        const algorithm = oauthAlgorithms.find((one) => one === jwt?.header.alg)
        const refresh = fields?.['refresh_token']
        const shown: Partial<RuleInput> = {
          audiences: [base, tokenEndpoint],
          known: key !== undefined,
          signature: algorithm !== undefined && (await signatureHolds(credential, key, algorithm)),
          replayed: used.has(JSON.stringify([owner, jwt?.claims.jti]), now),
        }
        if (typeof refresh !== 'string') return shown
        const found = refreshTokens.look(refresh, now)
        return { ...shown, issued: found.owner === owner ? found.state : 'unknown' }
      },
      identify: ({ credential, now }) => ({ clientId: tokens.look(credential, now).owner }),
      refuse,
      async answer(request, { jwt }) {
        const { now, endpoint, body } = request
        if (endpoint === 'api') return answerApi(request)
        const { iss = '', jti, exp = 0 } = jwt?.claims ?? {}
        if (jti !== undefined) used.add(JSON.stringify([iss, jti]), exp * 1000)
        if (isHeaderJwtPath(request.path)) {
          const token = await tokens.issue(iss, tokenSeconds * 1000, now)
          const expires_at = new Date(now + tokenSeconds * 1000).toISOString().replace(/\.\d+/, '')
          const members = { token, expires_at, permissions: {}, repository_selection: 'all' }
          return jsonResponse(201, { ...members, ...options.tokenResponse })
        }
        const { scope, refresh_token } = readForm(body)
        if (refresh_token !== undefined) refreshTokens.revoke(refresh_token)
        return jsonResponse(
          200,
          {
            access_token: await tokens.issue(iss, tokenSeconds * 1000, now),
            token_type: 'Bearer',
            expires_in: tokenSeconds,
            ...(scope === undefined ? {} : { scope }),
            ...(options.refreshTokens === true
              ? { refresh_token: await refreshTokens.issue(iss, refreshSeconds * 1000, now) }
              : {}),
            ...options.tokenResponse,
          },
          { 'cache-control': 'no-store' },
        )
      },
    },
    options,
  )
}

/** The base URL at which a request came in, which is the issuer, and the token endpoint. */
function addressesOf({ url, path }: Pick<EmulatedRequest, 'url' | 'path'>): {
  base: string
  tokenEndpoint: string
} {
  const base = url.origin + url.pathname.slice(0, url.pathname.length - path.length)
  return { base, tokenEndpoint: `${base}/token` }
}

/** The metadata (RFC 8414, section 2), whose path may hold that of the issuer (section 3.1). */
function answerMetadata({ method, url, path }: EmulatedRequest): Response | undefined {
  const known = oauthMetadataPaths.find((own) => path === own || path.startsWith(`${own}/`))
  if (known === undefined || method !== 'GET') return undefined
  const { base } = addressesOf({ url, path })
  const issuer = base + path.slice(known.length)
  return jsonResponse(200, {
    issuer,
    token_endpoint: `${issuer}/token`,
    grant_types_supported: ['client_credentials', 'urn:ietf:params:oauth:grant-type:jwt-bearer'],
    token_endpoint_auth_methods_supported: ['private_key_jwt'],
    token_endpoint_auth_signing_alg_values_supported: oauthAlgorithms,
  })
}

function answerApi({ method, path }: EmulatedRequest): Response {
  if (method !== 'GET' || path !== '/orders') return jsonResponse(404, { error: 'not_found' })
  return jsonResponse(200, { orders: [{ id: 'order-1', status: 'emulated' }] })
}

const invalidRequest = new Set([
  'oauth.token-method',
  'oauth.token-form',
  'oauth.assertion-type',
  'oauth.assertion',
])

/** RFC 6749, section 5.2, and RFC 6750, section 3. */
function refuse({ id, endpoint }: Verdict, error_description: string, { body }: EmulatedRequest): Response {
  if (endpoint === 'api')
    return jsonResponse(
      401,
      { error: 'invalid_token', error_description },
      { 'www-authenticate': 'Bearer error="invalid_token"' },
    )
  if (id === 'oauth.grant-type')
    return jsonResponse(400, { error: 'unsupported_grant_type', error_description })
  if (invalidRequest.has(id)) return jsonResponse(400, { error: 'invalid_request', error_description })
  const isGrant = readForm(body)['assertion'] !== undefined || id === 'oauth.refresh-token'
  return isGrant
    ? jsonResponse(400, { error: 'invalid_grant', error_description })
    : jsonResponse(401, { error: 'invalid_client', error_description })
}
