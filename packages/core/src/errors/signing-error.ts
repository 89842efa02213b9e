import type { SigningErrorCode } from './codes.ts'
import { CountersignError } from './countersign-error.ts'

/**
 * A signature could not be made, or what it has to cover could not be read.
 *
 * @example
 * ```ts
 * import { type Auth, SigningError } from '@countersign/core'
 *
 * declare const auth: Auth, upload: ReadableStream
 * await auth.api.post('documents', { body: upload }).catch((error: unknown) => {
 *   if (error instanceof SigningError && error.code === 'BODY_TOO_LARGE') console.error(error.hint)
 *   throw error
 * })
 * ```
 */
export class SigningError extends CountersignError<SigningErrorCode> {
  override readonly name = 'SigningError'
}
