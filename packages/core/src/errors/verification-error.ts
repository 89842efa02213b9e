import type { VerificationErrorCode } from './codes.ts'
import { CountersignError } from './countersign-error.ts'

/** A token or signature that was passed in is not valid. */
export class VerificationError extends CountersignError<VerificationErrorCode> {
  override readonly name = 'VerificationError'
}
