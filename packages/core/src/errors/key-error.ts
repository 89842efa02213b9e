import type { KeyErrorCode } from './codes.ts'
import { CountersignError } from './countersign-error.ts'

/** A key cannot be used; the code says what it is, the message what to pass instead. */
export class KeyError extends CountersignError<KeyErrorCode> {
  override readonly name = 'KeyError'
}
