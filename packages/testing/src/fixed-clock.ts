import type { Clock } from '@countersign/core'

/** A time that stands still until it is moved. */
export interface FixedClock extends Clock {
  advance(milliseconds: number): void
}

/** 2026-01-02T03:04:05.000Z, unless told otherwise. */
export function createFixedClock(start: number = Date.UTC(2026, 0, 2, 3, 4, 5)): FixedClock {
  let at = start
  return {
    now: () => at,
    advance(milliseconds) {
      at += milliseconds
    },
  }
}
