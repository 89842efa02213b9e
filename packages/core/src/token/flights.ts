import { within } from '../base/waiting.ts'
import { RequestError } from '../errors/request-error.ts'

/** A wait for work that another call began ends after this, the limit of one attempt. */
const takeoverMs = 15_000
/** No call waits longer than this for the work of others. */
const callMs = 45_000

/** Options of {@link createFlights}. */
export interface FlightOptions {
  /** The provider's id, for errors. */
  id: string
  /** The local clock, epoch milliseconds: it shows that the process slept, which timers do not. */
  now(): number
  /** Is given each piece of work; see the option of token sources. */
  background?: ((work: Promise<unknown>) => void) | undefined
}

/** Work that runs once for all who need it, by key. */
export interface Flights<Key, Value> {
  /** Whether work for this key is under way and may still end. */
  underWay(key: Key): boolean
  /**
   * The outcome of the work that is under way, or of `begin`. A runtime may stop work whose request has ended:
   * a call that has waited 15 s for the work of another takes it over, and the others wait for it.
   *
   * @throws {RequestError} `TIMEOUT` after 45 s of waiting for others.
   */
  join(key: Key, begin: (signal: AbortSignal) => Promise<Value>): Promise<Value>
  /** Gives up what is under way: every call that waits for it begins or joins the next. */
  abandon(key: Key): void
}

interface Flight<Value> {
  readonly begunAt: number
  readonly begunTime: number
  readonly abort: AbortController
  /** Resolves with `undefined` when the work was given up. */
  readonly outcome: Promise<{ value: Value } | undefined>
  readonly giveUp: () => void
}

/**
 * The only place where a shared wait lives. Each waiting call has a timer of its own, because on an edge
 * runtime the timers of a request end with it.
 */
export function createFlights<Key, Value>({ id, now, background }: FlightOptions): Flights<Key, Value> {
  const underWay = new Map<Key, Flight<Value>>()

  /** How long the work may still take; the larger age counts, since one of the clocks may have stood still. */
  const leftMs = ({ begunAt, begunTime }: Flight<Value>) =>
    takeoverMs - Math.max(performance.now() - begunAt, now() - begunTime)

  function start(key: Key, begin: (signal: AbortSignal) => Promise<Value>): Flight<Value> {
    const abort = new AbortController()
    let giveUp = () => {}
    const given = new Promise<undefined>((resolve) => {
      giveUp = () => resolve(undefined)
    })
    const end = () => {
      if (underWay.get(key) === flight) underWay.delete(key)
    }
    const work = begin(abort.signal).then((value) => ({ value }))
    const flight: Flight<Value> = {
      begunAt: performance.now(),
      begunTime: now(),
      abort,
      outcome: Promise.race([work, given]).finally(end),
      giveUp,
    }
    underWay.set(key, flight)
    handOver(flight.outcome.catch(() => undefined))
    return flight
  }

  function handOver(work: Promise<unknown>): void {
    try {
      background?.(work)
    } catch {
      // There is no request to extend.
    }
  }

  function end(key: Key, flight: Flight<Value>): void {
    if (underWay.get(key) === flight) underWay.delete(key)
    flight.giveUp()
    try {
      flight.abort.abort()
    } catch {
      // The work belongs to a request that has ended; nothing is left to stop.
    }
  }

  const timeout = () =>
    new RequestError('TIMEOUT', `No token was acquired within ${callMs / 1000} s.`, {
      provider: id,
      endpoint: 'token',
      retryable: true,
      hint: 'Try again later; check the network and the base URL.',
    })

  return {
    underWay(key) {
      const flight = underWay.get(key)
      return flight !== undefined && leftMs(flight) > 0
    },
    async join(key, begin) {
      let until: number | undefined
      for (;;) {
        let flight = underWay.get(key)
        if (flight !== undefined && leftMs(flight) <= 0) {
          end(key, flight)
          flight = undefined
        }
        const isOwn = flight === undefined
        flight ??= start(key, begin)
        let limitMs = Number.POSITIVE_INFINITY
        // The first to come waits for its own work, which has limits of its own.
        if (!isOwn || until !== undefined) {
          until ??= performance.now() + callMs
          limitMs = until - performance.now()
          if (!isOwn) limitMs = Math.min(limitMs, leftMs(flight))
        }
        const outcome = await within(flight.outcome, limitMs)
        if (outcome !== undefined) return outcome.value
        if (until !== undefined && performance.now() >= until) throw timeout()
        // Another call took the work over, or it was given up: from now on this one waits for others.
        until ??= performance.now() + callMs
      }
    },
    abandon(key) {
      const flight = underWay.get(key)
      if (flight !== undefined) end(key, flight)
    },
  }
}
