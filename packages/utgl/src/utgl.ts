import type { Auth, Authorize } from '@countersign/core'
import {
  checkLifetime,
  createAuth,
  createPages,
  type Pages,
  parseKeyedOptions,
  sha256,
  signJwt,
  toAuthOptions,
  toHex,
} from '@countersign/core/provider'
import { utglClaims } from './utgl-claims.ts'
import { readUtglError } from './utgl-error.ts'
import { type UtglOptions, utglFields } from './utgl-options.ts'

/** Authentication to UTGL with one access key. There is no token to cache: every request has its own. */
export interface Utgl extends Auth {
  /**
   * Reads a list page by page, for `for await`: one `api` call each, made when the page is asked for. `options`
   * are those of `api.get`; `pageSize` goes into its `searchParams`.
   *
   * @throws {RequestError} what `api` throws, and `RESPONSE_INVALID` for pages that repeat.
   */
  pages: Pages
}

/** How the documentation pages its lists. */
export const utglPagination = { parameter: 'pageToken', next: 'nextPageToken' } as const

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
  const auth = createAuth('utgl', authorize, {
    ...toAuthOptions(options, utglBaseUrl),
    readError: readUtglError,
    rateLimitReset: 'milliseconds',
    idempotency: { header: 'Idempotency-Key', automatic: true },
  })
  return Object.assign(auth, { pages: createPages(auth, { ...utglPagination, provider: 'utgl' }) })
}
