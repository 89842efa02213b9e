import { type LifetimeOptions, lifetimeClaims, type UnsignedJwt } from '@countersign/core'

/** Header and claims of a client JWT at `now`, epoch milliseconds. */
export function victorClaims(options: LifetimeOptions & { apiKey: string }, now: number): UnsignedJwt {
  const { iat, exp } = lifetimeClaims(options, now)
  return {
    header: { alg: 'RS512', typ: 'JWT' },
    claims: { sub: options.apiKey, iss: 'victor-api', iat, exp },
  }
}
