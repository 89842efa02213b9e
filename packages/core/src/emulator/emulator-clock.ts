import { type Clock, type ClockOption, systemClock, toNow } from '../base/clock.ts'

/** The emulator's time, which tests move. */
export interface EmulatorClock extends Clock {
  /** Moves the time by so many milliseconds. */
  advance(milliseconds: number): void
  /** Sets the time to an epoch in milliseconds; it goes on from there. */
  set(epochMs: number): void
}

/** A clock that runs with `base` until it is moved. */
export function createEmulatorClock(base: ClockOption = systemClock): EmulatorClock {
  const read = toNow(base)
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
