import { RequestError } from '../errors/request-error.ts'
import { TokenError } from '../errors/token-error.ts'
import { guardScheme, isProtected, parseUrl, toUrl } from '../http/request.ts'
import { guardedFetch } from '../http/send.ts'
import { readTokenBody } from './token-response.ts'

/** What the metadata of an authorization server says (RFC 8414, section 2). */
export interface OAuthServer {
  /** The issuer identifier, as the server writes it. */
  readonly issuer: string
  readonly tokenEndpoint: string
}

/** Whose metadata is read, and how. */
export interface DiscoverOptions {
  /** The provider's id, for errors. */
  provider: string
  /** The issuer identifier: an absolute URL without query and fragment. */
  issuer: string
  /** The `fetch` that carries the calls. Default: the global one. */
  fetch?: typeof fetch | undefined
  /** How long both calls together may take, milliseconds. Default 15 s. */
  timeoutMs?: number | undefined
}

const timeoutMsDefault = 15_000

/**
 * Reads the metadata of an authorization server: at the address of RFC 8414, section 3, or, where there is
 * nothing, at that of OpenID Connect Discovery. The issuer in it must be exactly the one that was asked for.
 *
 * @example
 * ```ts
 * import { discoverOAuthServer } from '@countersign/core/provider'
 *
 * const { tokenEndpoint } = await discoverOAuthServer({ provider: 'acme', issuer: 'https://login.acme.example' })
 * ```
 *
 * @throws {TokenError} `TOKEN_RESPONSE_INVALID` for metadata that is missing or of another issuer.
 * @throws {RequestError} `HTTP_STATUS`, `NETWORK`, `TIMEOUT`, `REDIRECT_REFUSED`, `INSECURE_URL`.
 */
export async function discoverOAuthServer(options: DiscoverOptions): Promise<OAuthServer> {
  const { provider, issuer, timeoutMs = timeoutMsDefault } = options
  const url = parseUrl(issuer, provider)
  guardScheme(url, provider)
  const timer = new AbortController()
  const late = new RequestError(
    'TIMEOUT',
    `The metadata of ${url.origin} was not received within ${timeoutMs / 1000} s.`,
    {
      provider,
      endpoint: 'token',
      retryable: true,
      hint: 'Try again later; check the network and `issuer`.',
    },
  )
  const timeout = setTimeout(() => timer.abort(late), timeoutMs)
  try {
    for (const address of metadataUrls(url)) {
      const metadata = await readMetadata(address, options, timer.signal)
      if (metadata !== undefined) return toServer(metadata, options)
    }
  } finally {
    clearTimeout(timeout)
  }
  throw invalid(provider, 'there is none at the well-known addresses')
}

/** RFC 8414, section 3.1, puts the well-known part before the issuer's path; OpenID Connect puts it after. */
function metadataUrls({ origin, pathname }: URL): readonly string[] {
  const path = pathname.replace(/(?<!\/)\/+$/, '').replace(/^\/$/, '')
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ]
}

/** The metadata at one address; `undefined` when there is nothing. */
async function readMetadata(
  address: string,
  { provider, fetch }: DiscoverOptions,
  signal: AbortSignal,
): Promise<unknown> {
  const call = { provider, fetch, url: new URL(address), method: 'GET', endpoint: 'token' } as const
  const init: RequestInit = { headers: { accept: 'application/json' }, signal }
  const response = await guardedFetch(address, init, call)
  const { status } = response
  if (response.ok) return readTokenBody(response, { provider, signal, refuse: invalid })
  response.body?.cancel().catch(() => undefined)
  if (status === 429 || status >= 500)
    throw new RequestError('HTTP_STATUS', `GET ${address} was answered ${status}.`, {
      provider,
      endpoint: 'token',
      status,
      retryable: true,
      hint: 'Try again later.',
    })
  return undefined
}

function toServer(metadata: unknown, { provider, issuer }: DiscoverOptions): OAuthServer {
  const { issuer: named, token_endpoint } = (metadata ?? {}) as Record<string, unknown>
  if (named !== issuer)
    throw invalid(provider, 'its issuer is not exactly the one that was asked for (RFC 8414, section 3.3)')
  const url = typeof token_endpoint === 'string' ? toUrl(token_endpoint) : undefined
  if (url === undefined) throw invalid(provider, '`token_endpoint` is missing or not an absolute URL')
  // A server elsewhere names no program of this computer, to which plain http would be allowed.
  const isLocal = toUrl(issuer)?.protocol === 'http:'
  if (!isProtected(url) || (url.protocol === 'http:' && !isLocal))
    throw invalid(provider, '`token_endpoint` does not use https')
  if (url.username !== '' || url.password !== '' || url.hash !== '')
    throw invalid(provider, '`token_endpoint` has a user name, a password or a fragment')
  return { issuer, tokenEndpoint: token_endpoint as string }
}

function invalid(provider: string, problem: string, cause?: unknown): TokenError {
  return new TokenError(
    'TOKEN_RESPONSE_INVALID',
    `The metadata of the authorization server cannot be used: ${problem}.`,
    { provider, cause, hint: 'Check `issuer`, a trailing slash included, or pass `tokenUrl`.' },
  )
}
