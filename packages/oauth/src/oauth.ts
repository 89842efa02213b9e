import type { AcquireContext, SigningKey, Token, TokenAuth } from '@countersign/core'
import {
  ConfigError,
  checkLifetime,
  createAuth,
  createOriginClock,
  createTokenSource,
  discoverOAuthServer,
  exchangeToken,
  exchangeWithRing,
  type KeyRing,
  type OAuthServer,
  type ParsedOptions,
  parseKeyedOptions,
  parseOptions,
  signJwt,
  type TokenExchange,
} from '@countersign/core/provider'
import { certificateBytes, certificateThumbprint, oauthClaims } from './oauth-claims.ts'
import { readOAuthError } from './oauth-error.ts'
import { type OAuthAssertion, type OAuthOptions, oauthFields, toAddress } from './oauth-options.ts'
import { toOAuthTokenRequest, toTokenResponseShape } from './oauth-token.ts'

/** Authentication to one API through one OAuth client; `token()` exchanges a token when there is no usable one. */
export type OAuth = TokenAuth

/** How long the metadata of a server is used before it is read again. */
const metadataMs = 3_600_000
/** Reading metadata, refreshing and asking anew take no longer together than one exchange may take. */
const exchangeTimeoutMs = 45_000
const refreshTimeoutMs = 15_000

/**
 * Authenticates to an API whose authorization server accepts RFC 7523: an assertion is signed and exchanged for an
 * access token. Every token request, and every retry of one, carries an assertion of its own.
 *
 * @example
 * ```ts
 * import { createOAuth } from '@countersign/oauth'
 *
 * declare const clientId: string, privateKey: string
 * const example = createOAuth({
 *   baseUrl: 'https://api.example.com/v1',
 *   issuer: 'https://login.example.com',
 *   clientId,
 *   privateKey,
 *   scope: 'orders.read',
 * })
 * const orders = await example.api.get('orders').json()
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an option that is missing or invalid.
 * @throws {KeyError} for a fault that the text of the key shows.
 */
export function createOAuth(input: OAuthOptions): OAuth {
  const { options, proof } = parseOAuthOptions(input)
  const { baseUrl, clientId, onEvent, originFrom, clientSecret, grant = 'client_credentials' } = options
  const clock = createOriginClock(options.clock)
  const apiOrigin = new URL(baseUrl).origin
  const findServer = createServerFinder(options)
  const response = toTokenResponseShape(options.tokenResponse, originFrom)
  const certificate = options.certificate === undefined ? undefined : certificateBytes(options.certificate)

  async function assert(key: SigningKey, audience: string, now: number): Promise<string> {
    const isOwnSubject = grant === 'client_credentials'
    const thumbprint = certificate === undefined ? undefined : await certificateThumbprint(certificate)
    const jwt = oauthClaims(
      {
        ...options,
        algorithm: key.algorithm,
        keyId: key.keyId,
        thumbprint,
        issuer: clientId,
        subject: options.subject ?? (isOwnSubject ? clientId : undefined),
        audience,
        timeClaims: options.timeClaims ?? ['iat'],
        jti: crypto.randomUUID(),
      },
      now,
    )
    return signJwt(key, jwt)
  }

  async function exchange(
    { tokenEndpoint, issuer }: OAuthServer,
    sign: (audience: string, now: number) => Promise<string>,
    more: Partial<TokenExchange> & Pick<Token, 'refreshToken'> = {},
  ): Promise<Token> {
    const { refreshToken, ...exchangeOptions } = more
    const audience = toAudience(options.audience, { tokenEndpoint, issuer })
    const token = await exchangeToken({
      ...options,
      ...exchangeOptions,
      provider: 'oauth',
      url: tokenEndpoint,
      clock,
      readError: readOAuthError,
      response,
      build: async ({ now }) =>
        toOAuthTokenRequest({ ...options, grant, refreshToken }, await sign(audience, now)),
    })
    // The token is judged by the clock of the API, which may be another server.
    const shiftMs = clock.offset(apiOrigin) - clock.offset(new URL(tokenEndpoint).origin)
    return { ...token, issuedAt: token.issuedAt + shiftMs, expiresAt: token.expiresAt + shiftMs }
  }

  /** Exchanges, with another key of the ring where the first one is refused. */
  function exchangeWith(now: number, server: OAuthServer, more?: Parameters<typeof exchange>[2]) {
    if (typeof proof === 'function') return exchange(server, async () => checkAssertion(await proof()), more)
    return exchangeWithRing({
      provider: 'oauth',
      ring: proof,
      now,
      onEvent,
      exchange: (key) => exchange(server, (audience, time) => assert(key, audience, time), more),
    })
  }

  async function acquire(previous: Token | undefined, { now, signal }: AcquireContext): Promise<Token> {
    const begin = performance.now()
    const server = await findServer(now)
    // In whole seconds, as errors name it.
    const leftMs = exchangeTimeoutMs - Math.round((performance.now() - begin) / 1000) * 1000
    const { refreshToken } = previous ?? {}
    if (refreshToken === undefined) return exchangeWith(now, server, { signal, totalTimeoutMs: leftMs })
    // It may be used once: what is not answered is not asked again, but exchanged anew.
    const refresh = {
      signal,
      refreshToken,
      attempts: 1,
      timeoutMs: refreshTimeoutMs,
      rejectedCode: 'TOKEN_REFRESH_REJECTED',
    } as const
    return exchangeWith(now, server, refresh).catch(() =>
      exchangeWith(now, server, { signal, totalTimeoutMs: leftMs - refreshTimeoutMs }),
    )
  }

  const tokens = createTokenSource(acquire, {
    ...options,
    id: 'oauth',
    origin: apiOrigin,
    clock,
    cacheKey: async () => ['oauth', identityOf(options), await fingerprintOf(proof)],
  })
  return createAuth('oauth', tokens, {
    baseUrl,
    origins: options.origins,
    originFromToken: originFrom !== undefined,
    headers: options.headers,
    fetch: options.fetch,
    clock,
    onEvent,
    maxBodyBytes: options.maxBodyBytes,
    secrets: clientSecret === undefined ? [] : [clientSecret],
    readError: readOAuthError,
  })
}

type ParsedOAuthOptions = Omit<ParsedOptions<typeof oauthFields>, 'privateKey' | 'keyId'>

/** The options, and what proves the client: keys, or a function that returns what someone else signed. */
function parseOAuthOptions(input: OAuthOptions): {
  options: ParsedOAuthOptions
  proof: KeyRing | OAuthAssertion
} {
  const parsed =
    (input as Partial<OAuthOptions> | undefined)?.assertion === undefined ? signing(input) : given(input)
  const { options } = parsed
  const { issuer, tokenUrl, audience } = options
  if (issuer === undefined && tokenUrl === undefined)
    throw new ConfigError('`tokenUrl` is missing. `issuer` is missing.', {
      provider: 'oauth',
      hint: 'Pass `issuer`, whose metadata names the token endpoint, or the token endpoint itself as `tokenUrl`.',
    })
  if (issuer === undefined && audience === 'issuer')
    throw new ConfigError('`audience` is the issuer, but `issuer` is missing.', {
      provider: 'oauth',
      hint: 'Pass `issuer` too, or the text of the audience.',
    })
  return parsed
}

function signing(input: unknown): { options: ParsedOAuthOptions; proof: KeyRing } {
  const { options, ring } = parseKeyedOptions(oauthFields, input, {
    provider: 'oauth',
    algorithm: ({ algorithm = 'RS256' }) => algorithm,
  })
  checkLifetime(options, 'oauth')
  return { options, proof: ring }
}

function given(input: unknown): { options: ParsedOAuthOptions; proof: OAuthAssertion } {
  const { privateKey, keyId, algorithm, certificate, timeClaims, ...fields } = oauthFields
  const parsed = parseOptions(fields, input, 'oauth')
  const options = { ...parsed, algorithm: undefined, certificate: undefined, timeClaims: undefined }
  return { options, proof: parsed.assertion as OAuthAssertion }
}

/** Finds the server's addresses: those in the options, or those in its metadata, which is read once an hour. */
function createServerFinder(options: ParsedOAuthOptions): (now: number) => Promise<OAuthServer> {
  const { baseUrl, fetch, tokenUrl } = options
  if (tokenUrl !== undefined) {
    const tokenEndpoint = toAddress(tokenUrl, baseUrl)
    const issuer = options.issuer === undefined ? tokenEndpoint : toAddress(options.issuer, baseUrl)
    return async () => ({ issuer, tokenEndpoint })
  }
  const issuer = toAddress(options.issuer ?? '/', baseUrl)
  let known: { server: OAuthServer; until: number } | undefined
  return async (now) => {
    if (known !== undefined && now < known.until) return known.server
    const server = await discoverOAuthServer({ provider: 'oauth', issuer, fetch })
    known = { server, until: now + metadataMs }
    return server
  }
}

/** An assertion for the wire: text without white space, as a JWT and base64url are; other code may return anything. */
function checkAssertion(given: unknown): string {
  if (typeof given === 'string' && /^[\x21-\x7e]+$/.test(given)) return given
  const problem =
    typeof given !== 'string'
      ? 'is not text'
      : given === ''
        ? 'is empty'
        : 'contains white space, a line break or another character that a token cannot have'
  throw new ConfigError(`What \`assertion\` returned ${problem}.`, {
    provider: 'oauth',
    hint: 'Return one assertion, such as a JWT: three base64url parts, separated by dots.',
  })
}

function toAudience(audience: string | undefined, { issuer, tokenEndpoint }: OAuthServer): string {
  if (audience === undefined || audience === 'issuer') return issuer
  return audience === 'token-endpoint' ? tokenEndpoint : audience
}

/** Every option that changes the token, as one text. */
function identityOf(options: ParsedOAuthOptions): string {
  const { baseUrl, issuer, tokenUrl, clientId, grant, audience, subject, scope, resource } = options
  const { claims, parameters, clientSecret, originFrom, tokenResponse, certificate } = options
  return JSON.stringify([
    [baseUrl, issuer, tokenUrl, clientId, grant, audience, subject, scope, resource],
    [claims, parameters, clientSecret?.reveal(), originFrom, tokenResponse, certificate],
  ])
}

/** Of assertions that someone else signs nothing is known beforehand; the client id is part of the key. */
function fingerprintOf(proof: KeyRing | OAuthAssertion): Promise<string> {
  return typeof proof === 'function' ? Promise.resolve('assertion') : proof.fingerprint()
}
