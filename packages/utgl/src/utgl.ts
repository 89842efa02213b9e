import type { Auth, Authorize } from '@countersign/core'
import {
  checkLifetime,
  createAuth,
  parseKeyedOptions,
  sha256,
  signJwt,
  toHex,
} from '@countersign/core/provider'
import { utglClaims } from './utgl-claims.ts'
import { readUtglError } from './utgl-error.ts'
import { type UtglOptions, utglFields } from './utgl-options.ts'

/** Authentication to UTGL with one access key. There is no token to cache: every request has its own. */
export type Utgl = Auth

/** The address in every example of the documentation; no sandbox is documented. */
export const utglBaseUrl = 'https://access.utgl.io/v1'

/**
 * Authenticates to the UTGL Issuing API: every request, and every retry, is signed over its method, its URI
 * and its body. `api` gives each POST an `Idempotency-Key`, kept over its retries; `fetch` adds nothing but
 * `Authorization`.
 *
 * @example
 * ```ts
 * import { createUtgl } from '@countersign/utgl'
 *
 * declare const accessKey: string, privateKey: string
 * const utgl = createUtgl({ accessKey, privateKey })
 * const accounts = await utgl.api.get('accounts').json()
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an option that is missing or invalid.
 * @throws {KeyError} for a fault that the text of the key shows.
 */
export function createUtgl(input: UtglOptions): Utgl {
  const { options, ring } = parseKeyedOptions(utglFields, input, { provider: 'utgl', algorithm: 'RS256' })
  checkLifetime(options, 'utgl')
  const authorize: Authorize = async ({ method, url, body }, { now }) => {
    const bodySha256 = toHex(await sha256(body))
    const facts = { method, uri: url.pathname + url.search, bodySha256 }
    return { authorization: `Bearer ${await signJwt(ring.active(now), utglClaims(options, now, facts))}` }
  }
  const { baseUrl = utglBaseUrl, fetch, clock, onEvent, maxBodyBytes } = options
  return createAuth('utgl', authorize, {
    baseUrl,
    fetch,
    clock,
    onEvent,
    maxBodyBytes,
    readError: readUtglError,
    rateLimitReset: 'milliseconds',
    ky: {
      // A POST with an idempotency key may be sent again: it takes effect once.
      retry: { methods: ['get', 'put', 'head', 'delete', 'post'] },
      hooks: { beforeRequest: [({ request }) => addIdempotencyKey(request)] },
    },
  })
}

function addIdempotencyKey({ method, headers }: Request): void {
  if (method === 'POST' && !headers.has('idempotency-key'))
    headers.set('idempotency-key', crypto.randomUUID())
}
