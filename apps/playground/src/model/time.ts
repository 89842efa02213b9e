import { type TokenState, tokenState, tokenThresholds } from '@countersign/core/provider'

/** A duration as people say it: `4 min 58 s`. */
export function toSpan(milliseconds: number): string {
  const seconds = Math.floor(Math.abs(milliseconds) / 1000)
  const parts: [number, string][] = [
    [Math.floor(seconds / 86_400), 'd'],
    [Math.floor(seconds / 3600) % 24, 'h'],
    [Math.floor(seconds / 60) % 60, 'min'],
    [seconds % 60, 's'],
  ]
  const first = parts.findIndex(([count]) => count > 0)
  if (first < 0) return '0 s'
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(' ')
}

/** How far a time is from now: `in 4 min 58 s`, `5 s ago`. */
export function toRelative(epochMs: number, now: number): string {
  if (Math.abs(epochMs - now) < 1000) return 'now'
  return epochMs > now ? `in ${toSpan(epochMs - now)}` : `${toSpan(now - epochMs)} ago`
}

/** A date with its time, in UTC. */
export function toAbsolute(epochMs: number): string {
  const date = new Date(epochMs)
  if (Number.isNaN(date.getTime())) return 'not a date'
  return `${date
    .toISOString()
    .replace(/\.\d+Z$/, '')
    .replace('T', ' ')} UTC`
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
