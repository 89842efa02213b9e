import type { UnsignedJwt } from '@countersign/core'
import { lifetimeClaims } from '@countersign/core/provider'

/** The longest recommended lifetime of an assertion, in seconds. */
export const assertionSeconds = 300

/** The only documented value of `aud`, for any base URL. */
export const speedaAudience = 'https://datafeed.ub-speeda.com/token'

/** The input of a client assertion. */
export interface SpeedaAssertionInput {
  clientId: string
  keyId: string
  audience: string
  backdateSeconds: number
  /** Unique for every assertion. */
  jti: string
}

/** Header and claims of the client assertion (RFC 7523, section 3) at `now`, epoch milliseconds. */
export function speedaClaims(
  { clientId, keyId, audience, backdateSeconds, jti }: SpeedaAssertionInput,
  now: number,
): UnsignedJwt {
  const { iat, exp } = lifetimeClaims({ lifetimeSeconds: assertionSeconds, backdateSeconds }, now)
  return {
    header: { alg: 'RS256', typ: 'JWT', kid: keyId },
    claims: { iss: clientId, sub: clientId, aud: audience, iat, exp, jti },
  }
}
