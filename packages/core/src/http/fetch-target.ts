import { ConfigError } from '../errors/config-error.ts'
import { parseUrl } from './origin-guard.ts'
import { bodyUsed } from './read-body.ts'

/** What a call of `fetch` is about, before anything is sent. */
export interface FetchTarget {
  readonly url: URL
  readonly method: string
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined
  /** The Request, when one was given. */
  readonly request: Request | undefined
  readonly init: RequestInit
}

/**
 * Reads the arguments of a `fetch` call.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a URL that is not absolute.
 * @throws {SigningError} `BODY_NOT_REPLAYABLE` for a Request whose body was read.
 */
export function toFetchTarget(
  input: RequestInfo | URL,
  init: RequestInit = {},
  provider: string,
): FetchTarget {
  const request = typeof input === 'object' && input !== null && 'url' in input ? input : undefined
  const url = parseUrl(request?.url ?? (input as string | URL), provider)
  if (request?.bodyUsed === true && init.body === undefined) throw bodyUsed(provider)
  const signal = (init.signal === undefined ? request?.signal : init.signal) ?? undefined
  signal?.throwIfAborted()
  return { url, method: (init.method ?? request?.method ?? 'GET').toUpperCase(), signal, request, init }
}

/**
 * A Request for the given target, with its body.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when the platform takes no such request.
 */
export function toRequest({ request, url, method, init }: FetchTarget, provider: string): Request {
  const duplex = init.body === undefined || init.body === null ? {} : { duplex: 'half' }
  try {
    // Without the signal, which would get a listener for each request and is passed to `fetch` itself.
    return new Request(request ?? url.href, { ...init, ...duplex, method, signal: null } as RequestInit)
  } catch (error) {
    throw unsendable(error, provider)
  }
}

/** The error for a request that no platform takes. */
export function unsendable(cause: unknown, provider: string): ConfigError {
  return new ConfigError('The request cannot be sent.', {
    provider,
    cause,
    hint: 'Check method, headers and body.',
  })
}

/** The URL as it goes over the wire: no fragment, and no `?` with nothing behind it. */
export function wireUrl(url: URL): string {
  return `${url.origin}${url.pathname}${url.search}`
}
