import type { JwtClaims, JwtHeader } from '../jwt/claims.ts'
import type { Rule, RuleInput } from './rule.ts'

type Check = Rule['check']
type Jwt = { header: JwtHeader; claims: JwtClaims }

/** Milliseconds that someone took for seconds are far beyond this: it is the year 5138. */
const leastMilliseconds = 100_000_000_000

function isEpochSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value > 0 && value < leastMilliseconds
}

/** A check that needs a readable JWT. */
export function jwtCheck(check: (jwt: Jwt, ruleInput: RuleInput) => boolean | undefined): Check {
  return (ruleInput) => (ruleInput.jwt === undefined ? undefined : check(ruleInput.jwt, ruleInput))
}

/** Checks that several providers ask for in the same way. */
export interface JwtChecks {
  /** The header's `alg`. */
  algorithm(alg: string): Check
  /** The header's `typ` is `JWT`. */
  type: Check
  /** `iat` and `exp` are whole seconds, not milliseconds, not texts. */
  timesInSeconds: Check
  /** `exp - iat` is positive and at most `seconds`. */
  livesAtMost(seconds: number): Check
  /** `exp` is ahead, without leeway. */
  notExpired: Check
  /** `iat` is not ahead. */
  notFromTheFuture: Check
  /** The signature holds against the registered key. */
  signature: Check
  /** The identity is registered. */
  known: Check
  /** The proof was not used before. */
  notReplayed: Check
  /** The scheme of `Authorization`. */
  scheme(wanted: string): Check
  /** A token of the provider's own is live. */
  live: Check
}

export const jwtChecks: JwtChecks = {
  algorithm: (alg) => jwtCheck(({ header }) => header.alg === alg),
  type: jwtCheck(({ header }) => header.typ === 'JWT'),
  timesInSeconds: jwtCheck(({ claims }) => isEpochSeconds(claims.iat) && isEpochSeconds(claims.exp)),
  livesAtMost: (seconds) =>
    jwtCheck(({ claims: { iat, exp } }) =>
      typeof iat !== 'number' || typeof exp !== 'number' ? undefined : exp > iat && exp - iat <= seconds,
    ),
  notExpired: jwtCheck(({ claims }, { now }) =>
    typeof claims.exp === 'number' ? now < claims.exp * 1000 : undefined,
  ),
  notFromTheFuture: jwtCheck(({ claims }, { now }) =>
    typeof claims.iat === 'number' ? claims.iat * 1000 <= now : undefined,
  ),
  signature: ({ signature }) => signature,
  known: ({ known }) => known,
  notReplayed: ({ replayed }) => (replayed === undefined ? undefined : !replayed),
  scheme:
    (wanted) =>
    ({ scheme }) =>
      scheme === undefined ? undefined : scheme.toLowerCase() === wanted.toLowerCase(),
  live: ({ issued }) => (issued === undefined ? undefined : issued === 'live'),
}
