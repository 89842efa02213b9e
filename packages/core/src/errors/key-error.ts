import { CountersignError } from './countersign-error.ts'

export type KeyErrorCode =
  | 'KEY_MALFORMED'
  | 'KEY_TRUNCATED'
  | 'KEY_ENCRYPTED'
  | 'KEY_PASSPHRASE_WRONG'
  | 'KEY_NOT_PRIVATE'
  | 'KEY_NOT_RSA'
  | 'KEY_IS_CERTIFICATE'
  | 'KEY_IS_OPENSSH'
  | 'KEY_TOO_SHORT'
  | 'KEY_ALGORITHM_MISMATCH'

/** A key cannot be used; the code says what it is, the message what to pass instead. */
export class KeyError extends CountersignError<KeyErrorCode> {
  override readonly name = 'KeyError'
}
