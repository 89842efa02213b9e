import { type Clock, type ClockOption, isInSeconds, systemClock, toNow } from '../base/clock.ts'
import { ConfigError, checkedTime } from '../errors/config-error.ts'

/** The clock of an emulator, which tests can move. */
export interface EmulatorClock extends Clock {
  /**
   * Moves the time forward, in milliseconds.
   *
   * @throws {ConfigError} `CONFIG_INVALID` for what is not a finite number.
   */
  advance(milliseconds: number): void
  /**
   * Sets the time, in epoch milliseconds. The clock keeps running.
   *
   * @throws {ConfigError} `CONFIG_INVALID` for a time in seconds and for what is not a finite number.
   */
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
      if (!Number.isFinite(milliseconds))
        throw new ConfigError('`advance` was not given a number of milliseconds.')
      shift += milliseconds
    },
    set(epochMs) {
      if (!Number.isFinite(epochMs) || isInSeconds(epochMs))
        throw new ConfigError('`set` was not given epoch milliseconds.', {
          hint: 'Pass a number such as `Date.UTC(2030, 0, 1)`.',
        })
      shift = epochMs - read()
    },
  }
}
