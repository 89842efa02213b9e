import { type TokenState, tokenState, tokenThresholds } from '@countersign/core/provider'

/** A date with its time, in UTC. */
export function toAbsolute(epochMs: number): string {
  const date = new Date(epochMs)
  if (Number.isNaN(date.getTime())) return 'not a date'
  return `${date
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace('T', ' ')
    // A year of more than four digits.
    .replace(/^\+0*/, '')} UTC`
}

/** Claims that are times, in seconds since 1970 (RFC 7519, section 4.1). */
const timeClaims = new Set(['iat', 'exp', 'nbf'])

/** The time that a claim holds, epoch milliseconds; `undefined` when it does not hold one. */
export function timeOfClaim(name: string, value: unknown): number | undefined {
  return timeClaims.has(name) && typeof value === 'number' ? value * 1000 : undefined
}

/** When a token that the adapter holds was issued and when it expires, epoch milliseconds of the page's clock. */
export interface TokenLife {
  issuedAt: number
  expiresAt: number
}

/** Points on the line of a token's life, as fractions of it. */
export interface Timeline {
  /** Where it becomes stale; where it expires, when its life is too short for a stale part. */
  stale: number
  /** Where it counts as expired. */
  expired: number
  /** Where now is; more than 1 after its end. */
  now: number
  /** Its state now, by the library's own thresholds. */
  state: TokenState
}

/** The line of a token's life, with the library's thresholds on it. */
export function toTimeline(life: TokenLife, now: number): Timeline {
  const { staleAt, expiredAt } = tokenThresholds(life)
  const whole = life.expiresAt - life.issuedAt
  const part = (at: number) => Math.max(0, (at - life.issuedAt) / whole)
  return {
    stale: part(Math.min(staleAt, expiredAt)),
    expired: part(expiredAt),
    now: part(now),
    state: tokenState(life, now),
  }
}
