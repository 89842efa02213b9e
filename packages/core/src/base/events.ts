import { isThenable } from './waiting.ts'

/** What happened, for logs and metrics. No event holds a secret. */
export type AuthEvent =
  | {
      /** The first token was acquired. */
      type: 'token.acquired'
      provider: string
      /** When the token expires, epoch milliseconds. */
      expiresAt: number
    }
  | {
      /** A token replaced an older one. */
      type: 'token.renewed'
      provider: string
      /** When the token expires, epoch milliseconds. */
      expiresAt: number
    }
  | {
      /** No token could be acquired; `serving` says whether an older one is still in use. */
      type: 'token.failed'
      provider: string
      code: string
      message: string
      serving: boolean
    }
  | {
      /** A request was signed with its own proof. */
      type: 'request.signed'
      provider: string
      method: string
      origin: string
      attempt: number
    }
  | {
      /** A request is sent a second time after a 401. */
      type: 'request.replayed'
      provider: string
      method: string
      origin: string
      reason: 'token' | 'clock'
    }
  | {
      /** The provider refused a key of a ring, and another one signs instead. */
      type: 'key.refused'
      provider: string
      /** The id of the refused key. */
      keyId?: string | undefined
      /** The id of the key that signs instead. */
      nextKeyId?: string | undefined
    }
  | {
      /** A token request got no usable response and is sent again. */
      type: 'token.retried'
      provider: string
      /** The origin of the token endpoint. */
      origin: string
      /** Which attempt follows: 2 for the first repetition. */
      attempt: number
      /** The pause before it, milliseconds. */
      waitMs: number
      /** The status of the response; absent when there was none. */
      status?: number | undefined
      /** The error code of the attempt, such as `NETWORK`. */
      code: string
    }
  | {
      /** An exchange with a token endpoint ended, its repetitions included. */
      type: 'token.exchanged'
      provider: string
      /** The origin of the token endpoint. */
      origin: string
      /** How often the request was sent. */
      attempts: number
      /** From the first attempt to the end, milliseconds. */
      durationMs: number
      /** The status of the refusal, where there was one. */
      status?: number | undefined
      /**
       * The error code; absent when there is a token. `ABORTED` when the exchange was given up, `UNEXPECTED` for an
       * error that is not Countersign's.
       */
      code?: string | undefined
    }
  | {
      /** `api` waited and sends a request again. */
      type: 'request.retried'
      provider: string
      method: string
      origin: string
      /** Which attempt follows: 2 for the first repetition. */
      attempt: number
      /** How long it waited, milliseconds; absent when a hook of the caller asked for the repetition. */
      waitMs?: number | undefined
      /** The status of the response; absent when there was none. */
      status?: number | undefined
      /** The error code of an attempt without a response, such as `NETWORK`. */
      code?: string | undefined
    }
  | {
      /**
       * A call of `fetch` ended: with a response, whose body may still arrive, or with an error. Each attempt
       * of `api` is such a call; a replay after a 401 belongs to the call that it repeats.
       */
      type: 'request.finished'
      provider: string
      method: string
      origin: string
      /** The status of the response; absent when there was none. */
      status?: number | undefined
      /**
       * The error code when there was no response: `ABORTED` when the caller ended the call, `UNEXPECTED` for
       * an error that is not Countersign's.
       */
      code?: string | undefined
      /** From the call to the head of the response, the wait for a token included, milliseconds. */
      durationMs: number
      /** How long the token that was sent was still valid, milliseconds; absent where requests are signed. */
      tokenLifeMs?: number | undefined
    }
  | {
      /** A token store failed or was too slow, and the process continued without it. */
      type: 'store.failed'
      provider: string
      operation: StoreOperation
      /** `timeout` after 250 ms; `error` when the store threw or rejected. */
      reason: 'timeout' | 'error'
    }
  | {
      /** A token store failed three times in a row; it is not asked again until the pause has passed. */
      type: 'store.skipped'
      provider: string
      /** How long it is skipped, milliseconds. */
      pauseMs: number
    }
  | {
      /** A token store that was skipped works again. */
      type: 'store.resumed'
      provider: string
    }
  | {
      /**
       * A token store returned a record without the member `spending` that it was given. It works, but it
       * cannot keep processes from presenting one refresh token twice. Reported once.
       */
      type: 'store.incomplete'
      provider: string
    }
  | {
      /** The clock of a server differs from ours and is used from now on. */
      type: 'clock.adjusted'
      provider: string
      origin: string
      /** The offset from the local clock, in milliseconds. */
      offsetMs: number
    }

/** An operation of a token store, as events name it. */
export type StoreOperation =
  | 'get'
  | 'set'
  | 'delete'
  | 'lock'
  | 'unlock'
  | 'claim'
  | 'spend'
  | 'publish'
  | 'fail'
  | 'extend'
  | 'watch'

/** Receives events. What it throws is ignored: a broken log must not stop a payment. */
export type OnEvent = (event: AuthEvent) => void

/**
 * Calls a listener and ignores what it throws or rejects with.
 *
 * @example
 * ```ts
 * import { emit } from '@countersign/core/provider'
 *
 * emit(console.log, { type: 'token.acquired', provider: 'acme', expiresAt: Date.now() + 300_000 })
 * ```
 */
export function emit(onEvent: OnEvent | undefined, event: AuthEvent): void {
  notify(onEvent, event)
}

/** Calls a listener of any kind, and ignores what it throws or rejects with. */
export function notify<Value>(listener: ((value: Value) => unknown) | undefined, value: Value): void {
  try {
    const outcome: unknown = listener?.(value)
    if (isThenable(outcome)) outcome.then(undefined, () => undefined)
  } catch {
    // The listener failed; the request must not.
  }
}

/** The time since `start`, a reading of `performance.now()`, in milliseconds with three decimals. */
export function elapsedMs(start: number): number {
  return Math.round((performance.now() - start) * 1000) / 1000
}

/** A listener that others can observe: where an Auth, its token source and its exchanges send their events. */
export interface Events extends OnEvent {
  /** Everyone who receives the events. */
  readonly listeners: Set<OnEvent>
}

/** The member that holds the {@link Events} of an Auth or a token source; the same in every copy of this package. */
export const eventsOf: unique symbol = Symbol.for('countersign.events') as typeof eventsOf

/** What can be instrumented. */
export interface Observable {
  readonly [eventsOf]?: readonly Events[]
}

/**
 * Makes a listener observable; one that is observable already is shared. Options parsed by `parseOptions` have
 * it as `onEvent`.
 *
 * @example
 * ```ts
 * import { emit, toEvents } from '@countersign/core/provider'
 *
 * const events = toEvents(undefined)
 * events.listeners.add(console.log)
 * emit(events, { type: 'token.acquired', provider: 'acme', expiresAt: Date.now() + 300_000 })
 * ```
 */
export function toEvents(onEvent: OnEvent | undefined): Events {
  if (onEvent !== undefined && 'listeners' in onEvent) return onEvent as Events
  const listeners = new Set(onEvent === undefined ? [] : [onEvent])
  const events = (event: AuthEvent) => {
    for (const listener of listeners) emit(listener, event)
  }
  return Object.assign(events, { listeners })
}
