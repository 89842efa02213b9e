/** How long after a refusal that a new token did not end no other one is exchanged for a refusal. */
const standOffMs = 5_000

/** The clock of an API, as {@link createStandOff} needs it. */
export interface StandOffClock {
  /** The local time, epoch milliseconds. */
  localNow(): number
  /** What has been learned of the difference to the server's clock, milliseconds. */
  offset(): number
}

/** Remembers what it makes no sense to exchange a token for. */
export interface StandOff {
  begin(about: object): void
  /** Whether it began less than 5 s ago, and nothing has been learned of the clock since. */
  holds(about: object): boolean
}

/**
 * Keeps an API that refuses every token from costing an exchange for each request. Begun for a token that was
 * refused although it replaced a refused one, or for a source whose token was refused by a request that cannot
 * be sent again.
 */
export function createStandOff({ localNow, offset }: StandOffClock): StandOff {
  const begun = new WeakMap<object, { at: number; offset: number }>()
  return {
    begin(about) {
      begun.set(about, { at: localNow(), offset: offset() })
    },
    holds(about) {
      const since = begun.get(about)
      if (since === undefined || since.offset !== offset()) return false
      const passedMs = localNow() - since.at
      return passedMs >= 0 && passedMs < standOffMs
    },
  }
}
