/** The source of the time, in epoch milliseconds. */
export interface Clock {
  now(): number
}

/** A {@link Clock}, or a function that returns epoch milliseconds, such as `Date.now`. */
export type ClockOption = Clock | (() => number)

/** The clock of the computer. */
export const systemClock: Clock = { now: () => Date.now() }

/** The function that reads a clock. */
export function toNow(clock: ClockOption): () => number {
  return typeof clock === 'function' ? clock : () => clock.now()
}

/**
 * A difference of more than this, in milliseconds, between a server's `Date` and our time can be the cause of
 * a refusal.
 *
 * @example
 * ```ts
 * import { toleratedSkewMs } from '@countersign/core/provider'
 *
 * declare const server: number
 * const differs = Math.abs(server - Date.now()) > toleratedSkewMs
 * ```
 */
export const toleratedSkewMs = 5_000
/** No proof is dated further than this from the local clock, in milliseconds, whatever a server says. */
const longestOffsetMs = 24 * 3_600_000

/** A time from this number on is in milliseconds, of March 1973 or later: in seconds it would be of the year 5138. */
export const leastEpochMs = 100_000_000_000
/** A time from this number on, of September 2001, can be one in seconds: in milliseconds it would be of January 1970. */
const leastEpochSeconds = 1_000_000_000

/** Whether a time that must be in epoch milliseconds is one in seconds. */
export function isInSeconds(time: number): boolean {
  return time >= leastEpochSeconds && time < leastEpochMs
}

/** `Date` as servers must send it (RFC 9110, section 5.6.7); `Date.parse` alone accepts almost any text. */
const httpDate = /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/

/**
 * Epoch milliseconds of an HTTP date; `NaN` for any other text.
 *
 * @example
 * ```ts
 * import { parseHttpDate } from '@countersign/core/provider'
 *
 * const time = parseHttpDate('Fri, 02 Jan 2026 03:04:05 GMT') // 1767323045000
 * ```
 */
export function parseHttpDate(text: string | null): number {
  return text !== null && httpDate.test(text) ? Date.parse(text) : Number.NaN
}

/** The local clock, corrected for each origin by the `Date` of its refusals. */
export interface OriginClock {
  /** Epoch milliseconds by the clock of the given origin. */
  now(origin: string): number
  /** The offset of the given origin from the local clock, in milliseconds. */
  offset(origin: string): number
  /**
   * Compares a refusal's `Date` header with our time for that origin and keeps the difference when it is
   * larger than 5 s. Returns the difference to the local clock in milliseconds, or `undefined` when the
   * clock does not explain the refusal, or is more than 24 h from the local clock.
   */
  learn(origin: string, date: string | null): number | undefined
  /** A hint for a `Date` that is too far from the local clock to be followed; `undefined` for any other. */
  hint(date: string | null): string | undefined
}

/**
 * Returns a clock that reads `base` and knows, by origin, how far the servers' clocks are from it.
 *
 * @example
 * ```ts
 * import { createOriginClock } from '@countersign/core/provider'
 *
 * const clock = createOriginClock(Date.now)
 * clock.learn('https://api.acme.example', 'Fri, 02 Jan 2026 03:04:05 GMT')
 * const now = clock.now('https://api.acme.example')
 * ```
 */
export function createOriginClock(base: ClockOption = systemClock): OriginClock {
  const local = toNow(base)
  const offsets = new Map<string, number>()
  const offset = (origin: string) => offsets.get(origin) ?? 0
  const now = (origin: string) => local() + offset(origin)
  return {
    now,
    offset,
    learn(origin, date) {
      const theirs = parseHttpDate(date)
      if (Number.isNaN(theirs) || Math.abs(theirs - now(origin)) <= toleratedSkewMs) return undefined
      const difference = theirs - local()
      if (Math.abs(difference) > longestOffsetMs) return undefined
      offsets.set(origin, difference)
      return difference
    },
    hint(date) {
      const theirs = parseHttpDate(date)
      if (Number.isNaN(theirs) || Math.abs(theirs - local()) <= longestOffsetMs) return undefined
      const [server, own] = [theirs, local()].map((time) => new Date(time).toISOString())
      return `The server's clock says ${server}, the local clock ${own}: set the local clock.`
    },
  }
}

/** An {@link OriginClock} of any clock; one that is an OriginClock already is shared. */
export function toOriginClock(clock: ClockOption | OriginClock | undefined): OriginClock {
  return typeof clock === 'object' && 'learn' in clock ? clock : createOriginClock(clock)
}
