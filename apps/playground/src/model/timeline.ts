import type { TokenLife } from './session.ts'

/** Where on the line of a token's life something is, as parts of its life. */
export interface Timeline {
  /** Where it becomes stale. */
  stale: number
  /** Where it counts as expired. */
  expired: number
  /** Where now is; more than 1 behind its end. */
  now: number
}

/** The line of a token's life, with the borders that the library keeps to. */
export function toTimeline({ issuedAt, expiresAt }: TokenLife, now: number): Timeline {
  const life = expiresAt - issuedAt
  return {
    stale: 1 - Math.min(60_000, life * 0.1) / life,
    expired: 1 - Math.min(5_000, life) / life,
    now: Math.max(0, (now - issuedAt) / life),
  }
}
