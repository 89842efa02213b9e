import type { SigningErrorCode } from './codes.ts'
import { CountersignError } from './countersign-error.ts'

/** A signature could not be made, or what it has to cover could not be read. */
export class SigningError extends CountersignError<SigningErrorCode> {
  override readonly name = 'SigningError'
}
