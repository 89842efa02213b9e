import type { VerificationErrorCode } from './codes.ts'
import { CountersignError } from './countersign-error.ts'

/**
 * A token or signature that was passed in is not valid.
 *
 * @example
 * ```ts
 * import { VerificationError, verifyJwt } from '@countersign/core'
 *
 * declare const token: string, publicKey: string
 * await verifyJwt(token, publicKey, { algorithm: 'RS256' }).catch((error: unknown) => {
 *   if (error instanceof VerificationError && error.code === 'RULE_VIOLATED') console.error(error.problem)
 *   throw error
 * })
 * ```
 */
export class VerificationError extends CountersignError<VerificationErrorCode> {
  override readonly name = 'VerificationError'
}
