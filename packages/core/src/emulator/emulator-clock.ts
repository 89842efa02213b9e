import { type Clock, type ClockOption, systemClock, toNow } from '../base/clock.ts'
import { checkedTime } from '../errors/config-error.ts'

/** The clock of an emulator, which tests can move. */
export interface EmulatorClock extends Clock {
  /** Moves the time forward, in milliseconds. */
  advance(milliseconds: number): void
  /** Sets the time, in epoch milliseconds. The clock keeps running. */
  set(epochMs: number): void
}

/**
 * Creates a clock that follows `base` and can be moved.
 *
 * @example
 * ```ts
 * import { createEmulatorClock } from '@countersign/core/emulator'
 *
 * const clock = createEmulatorClock()
 * clock.advance(60_000)
 * ```
 */
export function createEmulatorClock(base: ClockOption = systemClock): EmulatorClock {
  const time = toNow(base)
  const read = () => checkedTime(time())
  let shift = 0
  return {
    now: () => read() + shift,
    advance(milliseconds) {
      shift += milliseconds
    },
    set(epochMs) {
      shift = epochMs - read()
    },
  }
}
