import type { UnsignedJwt } from '@countersign/core'
import { type LifetimeOptions, lifetimeClaims } from '@countersign/core/provider'

/** Header and claims of a client JWT at `now`, epoch milliseconds. */
export function victorClaims(options: LifetimeOptions & { apiKey: string }, now: number): UnsignedJwt {
  const { iat, exp } = lifetimeClaims(options, now)
  return {
    header: { alg: 'RS512', typ: 'JWT' },
    claims: { sub: options.apiKey, iss: 'victor-api', iat, exp },
  }
}
