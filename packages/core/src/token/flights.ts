import { within } from '../base/waiting.ts'
import { RequestError } from '../errors/request-error.ts'

/** A wait for work that another call began ends after this, the limit of one attempt. */
const takeoverMs = 15_000
/** A call looks this often whether its own work was taken over: a little after the others could. */
const lookMs = takeoverMs + 1_000
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
  /** Resolves with `undefined` when {@link wake} was called first. */
  readonly outcome: Promise<{ value: Value } | undefined>
  readonly wake: () => void
  /** Its outcome counts no longer. */
  isGivenUp: boolean
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
    let wake = () => {}
    const woken = new Promise<undefined>((resolve) => {
      wake = () => resolve(undefined)
    })
    const work = begin(abort.signal).then((value) => ({ value }))
    const flight: Flight<Value> = {
      begunAt: performance.now(),
      begunTime: now(),
      abort,
      outcome: Promise.race([work, woken]).finally(() => forget(key, flight)),
      wake,
      isGivenUp: false,
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

  function forget(key: Key, flight: Flight<Value>): void {
    if (underWay.get(key) === flight) underWay.delete(key)
  }

  /** Nobody is woken here: a promise of a request that has ended can no longer be resolved. */
  function giveUp(key: Key, flight: Flight<Value>): void {
    forget(key, flight)
    flight.isGivenUp = true
    try {
      flight.abort.abort()
    } catch {
      // The work belongs to a request that has ended; nothing is left to stop.
    }
  }

  /** The work that is under way; what is overdue is given up. */
  function joinable(key: Key): Flight<Value> | undefined {
    const flight = underWay.get(key)
    if (flight === undefined || leftMs(flight) > 0) return flight
    giveUp(key, flight)
    return undefined
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
      let own: Flight<Value> | undefined
      let until = Number.POSITIVE_INFINITY
      for (;;) {
        // The first to come waits for its own work, which has limits of its own; all others have this one.
        const isTaken = own?.isGivenUp === true
        if (isTaken) own = undefined
        const other = own === undefined ? joinable(key) : undefined
        if (isTaken || other !== undefined) until = Math.min(until, performance.now() + callMs)
        if (other === undefined) own ??= start(key, begin)
        const flight = own ?? (other as Flight<Value>)
        const limitMs = Math.min(flight === own ? lookMs : leftMs(flight), until - performance.now())
        const outcome = await within(flight.outcome, limitMs).catch((error: unknown) => {
          if (!flight.isGivenUp) throw error
        })
        if (outcome !== undefined && !flight.isGivenUp) return outcome.value
        if (performance.now() >= until) throw timeout()
      }
    },
    abandon(key) {
      const flight = underWay.get(key)
      if (flight === undefined) return
      giveUp(key, flight)
      flight.wake()
    },
  }
}
