import { emit, type OnEvent } from '../base/events.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import type { KeyRing } from '../keys/key-ring.ts'
import type { SigningKey } from '../keys/signing-key.ts'
import type { Token } from '../token/token.ts'

/** An exchange whose proof is signed by one key of a ring. */
export interface RingExchange {
  /** The provider's id, for events. */
  provider: string
  ring: KeyRing
  /** The time at which the key must be valid, epoch milliseconds. */
  now: number
  /** Receives `key.refused`. */
  onEvent?: OnEvent | undefined
  /** Exchanges what this key signs. */
  exchange(key: SigningKey): Promise<Token>
}

/**
 * Exchanges with the active key of a ring. A key that the server refuses is replaced by another one, once, with
 * the event `key.refused`.
 *
 * @example
 * ```ts
 * import type { SigningKey, Token } from '@countersign/core'
 * import { exchangeWithRing, type KeyRing } from '@countersign/core/provider'
 *
 * declare const ring: KeyRing
 * declare function exchange(key: SigningKey): Promise<Token>
 * const token = await exchangeWithRing({ provider: 'acme', ring, now: Date.now(), exchange })
 * ```
 *
 * @throws {SigningError} `SIGN_FAILED` when no key is valid, and what `exchange` throws.
 */
export async function exchangeWithRing(options: RingExchange): Promise<Token> {
  const { provider, ring, now, onEvent, exchange } = options
  const key = ring.active(now)
  try {
    return await exchange(key)
  } catch (error) {
    const next = isRejection(error) ? ring.refuse(key, now) : undefined
    if (next === undefined) throw error
    emit(onEvent, { type: 'key.refused', provider, keyId: key.keyId, nextKeyId: next.keyId })
    return exchange(next)
  }
}

/** Whether trying another key could help. */
function isRejection(error: unknown): boolean {
  return CountersignError.isInstance(error) && error.code === 'TOKEN_REQUEST_REJECTED' && !error.retryable
}
