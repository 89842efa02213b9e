import { CountersignError } from './countersign-error.ts'

export type SigningErrorCode = 'SIGN_FAILED' | 'BODY_NOT_REPLAYABLE' | 'BODY_TOO_LARGE'

/** A signature could not be made, or what it has to cover could not be read. */
export class SigningError extends CountersignError<SigningErrorCode> {
  override readonly name = 'SigningError'
}
