const units = [
  // A common year: a time in milliseconds read as seconds is tens of thousands of years away.
  ['y', 365 * 86_400],
  ['d', 86_400],
  ['h', 3600],
  ['min', 60],
  ['s', 1],
] as const

/**
 * A number of seconds in words: the two largest adjacent units, whole seconds, without a sign.
 *
 * @example
 * ```ts
 * import { toDurationWords } from '@countersign/core/provider'
 *
 * toDurationWords(298.6) // '4 min 58 s'
 * toDurationWords(-3605) // '1 h'
 * toDurationWords(40_000_000) // '1 y 97 d'
 * ```
 */
export function toDurationWords(seconds: number): string {
  const whole = Math.floor(Math.abs(seconds))
  const first = units.findIndex(([, size]) => whole >= size)
  if (first < 0) return '0 s'
  let rest = whole
  const parts: string[] = []
  for (const [unit, size] of units.slice(first, first + 2)) {
    if (rest >= size) parts.push(`${Math.floor(rest / size)} ${unit}`)
    rest %= size
  }
  return parts.join(' ')
}

/** A wait in whole seconds, rounded up; one of more than a year, infinite or not, without its number. */
export function toWaitWords(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000)
  return seconds > 365 * 86_400 ? 'more than a year' : `${seconds} s`
}

/**
 * How far a time is from now, both in epoch milliseconds: `in 4 min 58 s`, `5 s ago`, and `now` within a second.
 *
 * @example
 * ```ts
 * import { toRelativeTime } from '@countersign/core/provider'
 *
 * toRelativeTime(Date.now() - 5000, Date.now()) // '5 s ago'
 * ```
 */
export function toRelativeTime(timeMs: number, nowMs: number): string {
  const words = toDurationWords((timeMs - nowMs) / 1000)
  if (words === '0 s') return 'now'
  return timeMs > nowMs ? `in ${words}` : `${words} ago`
}
