/** The recent health of a store. Times are milliseconds of a clock that is never set back. */
export interface Breaker {
  /** Failures in a row. */
  readonly misses: number
  /** The store is skipped before this; 0 while it works. */
  readonly skipUntil: number
  readonly pauseMs: number
}

const missesToSkip = 3
const firstPauseMs = 1_000
const longestPauseMs = 30_000

export const workingBreaker: Breaker = { misses: 0, skipUntil: 0, pauseMs: firstPauseMs }

/** Whether an operation may be tried. */
export function admits({ skipUntil }: Breaker, at: number): boolean {
  return at >= skipUntil
}

/** While the first operation after a pause runs, for `limitMs` at most, the others are skipped. */
export function whileProbing(breaker: Breaker, at: number, limitMs: number): Breaker {
  return { ...breaker, skipUntil: at + limitMs }
}

/** After a failure: the third in a row begins a pause, and each failed probe one of twice the length. */
export function afterMiss({ misses, skipUntil, pauseMs }: Breaker, at: number): Breaker {
  const next = misses + 1
  if (next < missesToSkip) return { misses: next, skipUntil, pauseMs }
  return { misses: next, skipUntil: at + pauseMs, pauseMs: Math.min(longestPauseMs, pauseMs * 2) }
}
