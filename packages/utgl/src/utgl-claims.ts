import type { UnsignedJwt } from '@countersign/core'
import { type LifetimeOptions, lifetimeClaims } from '@countersign/core/provider'

/** What UTGL's token is bound to. */
export interface UtglRequestFacts {
  method: string
  /** Path and query as on the wire, without scheme, host and fragment. */
  uri: string
  /** Lower-case hex SHA-256 of the bytes sent; of no bytes when there is no body. */
  bodySha256: string
}

/** Header and claims that prove one request at `now`, epoch milliseconds. */
export function utglClaims(
  options: LifetimeOptions & { accessKey: string },
  now: number,
  request: UtglRequestFacts,
): UnsignedJwt {
  const { iat, exp } = lifetimeClaims(options, now)
  return {
    header: { alg: 'RS256', typ: 'JWT' },
    claims: {
      sub: options.accessKey,
      iat,
      exp,
      uri: request.uri,
      method: request.method.toUpperCase(),
      body: request.bodySha256,
    },
  }
}
