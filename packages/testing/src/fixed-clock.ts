import type { Clock } from '@countersign/core'

/** A time that changes only when a test moves it. */
export interface FixedClock extends Clock {
  /** Moves the time forward; a negative number moves it back. */
  advance(milliseconds: number): void
}

/**
 * A clock for the `clock` option of adapters and emulators.
 *
 * @example
 * ```ts
 * import { createFixedClock } from '@countersign/testing'
 *
 * const clock = createFixedClock()
 * clock.advance(60_000)
 * new Date(clock.now()).toISOString() // 2026-01-02T03:05:05.000Z
 * ```
 *
 * @param start Epoch milliseconds. Default 2026-01-02T03:04:05.000Z.
 */
export function createFixedClock(start: number = Date.UTC(2026, 0, 2, 3, 4, 5)): FixedClock {
  let at = start
  return {
    now: () => at,
    advance(milliseconds) {
      at += milliseconds
    },
  }
}
