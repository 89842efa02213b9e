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
      /** The clock of a server differs from ours and is used from now on. */
      type: 'clock.adjusted'
      provider: string
      origin: string
      /** The offset from the local clock, in milliseconds. */
      offsetMs: number
    }

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
  try {
    const outcome: unknown = onEvent?.(event)
    if (outcome instanceof Promise) outcome.catch(() => undefined)
  } catch {
    // The listener failed; the request must not.
  }
}
