import type { EmulatorClock } from '@countersign/core/emulator'
import { parseDuration } from '../human-time.ts'
import { UsageError } from '../usage-error.ts'

/** A move from where the clock is, or a time that it goes on from; milliseconds. */
export type ClockChange = { advance: number } | { set: number }

const zoned = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/
const lastMs = Date.parse('9999-12-31T23:59:59Z')

/**
 * `+10m`, `-90s`, or a time in ISO 8601 with its zone.
 *
 * @throws {UsageError} for anything else.
 */
export function parseClockChange(text: string, what: string): ClockChange {
  if (/^[+-]/.test(text)) return { advance: parseSignedDuration(text, what) }
  const set = zoned.test(text) && isDay(text.slice(0, 10)) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(set)) return { set }
  throw new UsageError(`${what} must be +10m, -90s, or a time with its zone such as 2026-01-01T00:00:00Z.`)
}

/** The platform takes the 30th of February for the 2nd of March. */
function isDay(text: string): boolean {
  const time = Date.parse(text)
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text)
}

/** `+10m` or `-90s`, in milliseconds. */
export function parseSignedDuration(text: string, what: string): number {
  if (!/^[+-]\d/.test(text))
    throw new UsageError(`${what} must be a sign and a duration, such as +10m or -90s.`)
  const milliseconds = Math.min(parseDuration(text.slice(1), what), lastMs)
  return text.startsWith('-') ? -milliseconds : milliseconds
}

/**
 * Moves or sets clocks, all or none; they run on from there.
 *
 * @throws {UsageError} when one would leave the years that dates are written in.
 */
export function changeClocks(change: ClockChange, clocks: readonly EmulatorClock[], what: string): void {
  const times = clocks.map((clock) => ('set' in change ? change.set : clock.now() + change.advance))
  if (times.some((time) => time < 0 || time > lastMs))
    throw new UsageError(`${what} must stay within the years 1970 to 9999.`)
  for (const clock of clocks) {
    if ('set' in change) clock.set(change.set)
    else clock.advance(change.advance)
  }
}
