import { CountersignError } from './countersign-error.ts'

export type VerificationErrorCode = 'TOKEN_MALFORMED' | 'SIGNATURE_INVALID' | 'RULE_VIOLATED'

/** A token or signature that was given to us does not hold. */
export class VerificationError extends CountersignError<VerificationErrorCode> {
  override readonly name = 'VerificationError'
}
