import type { UnsignedJwt } from '@countersign/core'
import { lifetimeClaims } from '@countersign/core/provider'

/** The longest life of an assertion that the documentation recommends, seconds. */
export const assertionSeconds = 300

/** The one value of `aud` that the documentation knows, whatever the base URL is. */
export const speedaAudience = 'https://datafeed.ub-speeda.com/token'

/** What an assertion is made of. */
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
