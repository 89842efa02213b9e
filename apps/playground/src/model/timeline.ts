import { type TokenState, tokenState, tokenThresholds } from '@countersign/core/provider'
import type { TokenLife } from './session.ts'

/** Where on the line of a token's life something is, as parts of its life. */
export interface Timeline {
  /** Where it becomes stale; where it expires, when its life is too short for a stale part. */
  stale: number
  /** Where it counts as expired. */
  expired: number
  /** Where now is; more than 1 behind its end. */
  now: number
  /** In which part now is, as the library counts. */
  state: TokenState
}

/** The line of a token's life, with the borders that the library keeps to. */
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
