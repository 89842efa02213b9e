import { notify } from '../base/events.ts'
import { within } from '../base/waiting.ts'
import { RequestError } from '../errors/request-error.ts'

/** A wait for work that another call began ends after this, the limit of one attempt. */
const takeoverMs = 15_000
/** A call looks this often whether its own work was taken over: a little after the others could. */
const lookMs = takeoverMs + 1_000
/** No call waits longer than this for the work of others. */
const callMs = 45_000

/** Options of {@link createInFlight}. */
export interface InFlightOptions {
  /** The provider's id, for errors. */
  id: string
  /** The local clock, epoch milliseconds: it shows that the process slept, which timers do not. */
  now(): number
  /** Is given each piece of work; see the option of token sources. */
  background?: ((work: Promise<unknown>) => void) | undefined
}

/** Work that runs once for all who need it, by key. */
export interface InFlight<Key, Value> {
  /** Whether work for this key is under way and may still end. */
  has(key: Key): boolean
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

interface SharedWork<Value> {
  readonly begunAt: number
  readonly begunTime: number
  readonly abort: AbortController
  /** Resolves with `undefined` when {@link wake} was called first. */
  readonly outcome: Promise<{ value: Value } | undefined>
  readonly wake: () => void
  /** Its outcome no longer counts. */
  isGivenUp: boolean
}

/**
 * The only place where a shared wait lives. Each waiting call has a timer of its own, because on an edge
 * runtime the timers of a request end with it.
 */
export function createInFlight<Key, Value>({ id, now, background }: InFlightOptions): InFlight<Key, Value> {
  const byKey = new Map<Key, SharedWork<Value>>()

  /** How long the work may still take; the larger age counts, since one of the clocks may have stood still. */
  const leftMs = ({ begunAt, begunTime }: SharedWork<Value>) =>
    takeoverMs - Math.max(performance.now() - begunAt, now() - begunTime)

  function start(key: Key, begin: (signal: AbortSignal) => Promise<Value>): SharedWork<Value> {
    const abort = new AbortController()
    let wake = () => {}
    const woken = new Promise<undefined>((resolve) => {
      wake = () => resolve(undefined)
    })
    const begun = begin(abort.signal).then((value) => ({ value }))
    const shared: SharedWork<Value> = {
      begunAt: performance.now(),
      begunTime: now(),
      abort,
      outcome: Promise.race([begun, woken]).finally(() => forget(key, shared)),
      wake,
      isGivenUp: false,
    }
    byKey.set(key, shared)
    // It fails where there is no request to extend.
    notify(
      background,
      shared.outcome.catch(() => undefined),
    )
    return shared
  }

  function forget(key: Key, shared: SharedWork<Value>): void {
    if (byKey.get(key) === shared) byKey.delete(key)
  }

  /** Nobody is woken here: a promise of a request that has ended can no longer be resolved. */
  function giveUp(key: Key, shared: SharedWork<Value>): void {
    forget(key, shared)
    shared.isGivenUp = true
    try {
      shared.abort.abort()
    } catch {
      // The work belongs to a request that has ended; nothing is left to stop.
    }
  }

  /** The work that is under way; what is overdue is given up. */
  function joinable(key: Key): SharedWork<Value> | undefined {
    const shared = byKey.get(key)
    if (shared === undefined || leftMs(shared) > 0) return shared
    giveUp(key, shared)
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
    has(key) {
      const shared = byKey.get(key)
      return shared !== undefined && leftMs(shared) > 0
    },
    async join(key, begin) {
      let own: SharedWork<Value> | undefined
      let until = Number.POSITIVE_INFINITY
      for (;;) {
        // The first to come waits for its own work, which has limits of its own; all others have this one.
        const isTaken = own?.isGivenUp === true
        if (isTaken) own = undefined
        const other = own === undefined ? joinable(key) : undefined
        if (isTaken || other !== undefined) until = Math.min(until, performance.now() + callMs)
        if (other === undefined) own ??= start(key, begin)
        const shared = own ?? (other as SharedWork<Value>)
        const limitMs = Math.min(shared === own ? lookMs : leftMs(shared), until - performance.now())
        const outcome = await within(shared.outcome, limitMs).catch((error: unknown) => {
          if (!shared.isGivenUp) throw error
        })
        if (outcome !== undefined && !shared.isGivenUp) return outcome.value
        if (performance.now() >= until) throw timeout()
      }
    },
    abandon(key) {
      const shared = byKey.get(key)
      if (shared === undefined) return
      giveUp(key, shared)
      shared.wake()
    },
  }
}
