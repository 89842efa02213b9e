import type { KeyErrorCode } from './codes.ts'
import { CountersignError } from './countersign-error.ts'

/**
 * A key cannot be used; the code says what it is, the message what to pass instead.
 *
 * @example
 * ```ts
 * import { createSigningKey, KeyError } from '@countersign/core'
 *
 * declare const pem: string
 * try {
 *   createSigningKey(pem, { algorithm: 'RS256' })
 * } catch (error) {
 *   if (error instanceof KeyError && error.code === 'KEY_ENCRYPTED') console.error(error.hint)
 * }
 * ```
 */
export class KeyError extends CountersignError<KeyErrorCode> {
  override readonly name = 'KeyError'
}
