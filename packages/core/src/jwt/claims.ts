import { ConfigError } from '../errors/config-error.ts'

/** Header of a JWT (RFC 7515, section 4.1). */
export interface JwtHeader {
  alg: string
  typ?: string
  kid?: string
  [name: string]: unknown
}

/** Claims of a JWT (RFC 7519, section 4.1); times are whole seconds since the epoch. */
export interface JwtClaims {
  iss?: string
  sub?: string
  aud?: string | string[]
  exp?: number
  nbf?: number
  iat?: number
  jti?: string
  [name: string]: unknown
}

/** The header and claims to sign. */
export interface UnsignedJwt {
  header: JwtHeader
  claims: JwtClaims
}

/** Header members that carry a key or change what is signed. They are refused. */
const unwanted = ['jwk', 'jku', 'x5u', 'x5c', 'crit', 'b64']

/** The member of a header for which a token is refused, whatever its signature is. */
export function unwantedMember(header: object): string | undefined {
  return unwanted.find((name) => Object.hasOwn(header, name))
}

/** The lifetime of a proof and how far it is back-dated, both in seconds. */
export interface LifetimeOptions {
  lifetimeSeconds: number
  backdateSeconds: number
}

/**
 * `iat` and `exp` for a proof made at `now` (epoch milliseconds). Its lifetime is counted from `iat`, so
 * that back-dating never extends it past the provider's cap.
 *
 * @example
 * ```ts
 * import { lifetimeClaims } from '@countersign/core/provider'
 *
 * const { iat, exp } = lifetimeClaims({ lifetimeSeconds: 300, backdateSeconds: 5 }, Date.now())
 * ```
 */
export function lifetimeClaims(
  { lifetimeSeconds, backdateSeconds }: LifetimeOptions,
  now: number,
): { iat: number; exp: number } {
  const iat = Math.floor(now / 1000) - backdateSeconds
  return { iat, exp: iat + lifetimeSeconds }
}

/**
 * Checks that a proof is not back-dated by its whole lifetime: it would have expired when it is made.
 *
 * @example
 * ```ts
 * import { checkLifetime } from '@countersign/core/provider'
 *
 * checkLifetime({ lifetimeSeconds: 300, backdateSeconds: 5 }, 'acme')
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID`.
 */
export function checkLifetime({ lifetimeSeconds, backdateSeconds }: LifetimeOptions, provider: string): void {
  if (backdateSeconds < lifetimeSeconds) return
  throw new ConfigError('`backdateSeconds` must be less than `lifetimeSeconds`.', {
    provider,
    hint: `\`lifetimeSeconds\` is ${lifetimeSeconds}.`,
  })
}
