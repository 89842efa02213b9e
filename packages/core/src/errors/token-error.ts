import { CountersignError } from './countersign-error.ts'
import { knownFacts, type ResponseErrorDetails } from './response-details.ts'

export type TokenErrorCode = 'TOKEN_REQUEST_REJECTED' | 'TOKEN_REFRESH_REJECTED' | 'TOKEN_RESPONSE_INVALID'

/** The token endpoint refused, or answered something that is no token. */
export class TokenError extends CountersignError<TokenErrorCode> {
  override readonly name = 'TokenError'
  /** HTTP status of the answer. */
  declare readonly status?: number
  /** The provider's `x-request-id`. */
  declare readonly requestId?: string
  /** The answer's `WWW-Authenticate`. */
  declare readonly wwwAuthenticate?: string
  /** The provider's own error code, such as `invalid_client`. */
  declare readonly providerCode?: string

  constructor(code: TokenErrorCode, problem: string, details?: ResponseErrorDetails) {
    super(code, problem, details)
    Object.assign(this, knownFacts(details))
  }
}
