export type ConfigErrorCode = 'CONFIG_INVALID'

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

export type SigningErrorCode = 'SIGN_FAILED' | 'BODY_NOT_REPLAYABLE' | 'BODY_TOO_LARGE'

export type TokenErrorCode = 'TOKEN_REQUEST_REJECTED' | 'TOKEN_REFRESH_REJECTED' | 'TOKEN_RESPONSE_INVALID'

export type RequestErrorCode =
  | 'HTTP_STATUS'
  | 'RESPONSE_INVALID'
  | 'NETWORK'
  | 'TIMEOUT'
  | 'ORIGIN_REFUSED'
  | 'REDIRECT_REFUSED'
  | 'INSECURE_URL'

export type VerificationErrorCode = 'TOKEN_MALFORMED' | 'SIGNATURE_INVALID' | 'RULE_VIOLATED'

/** Every error code; `docs/errors.md` gives the meaning, cause and fix of each. */
export type ErrorCode =
  | ConfigErrorCode
  | KeyErrorCode
  | SigningErrorCode
  | TokenErrorCode
  | RequestErrorCode
  | VerificationErrorCode
