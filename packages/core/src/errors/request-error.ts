import { CountersignError } from './countersign-error.ts'
import { knownFacts, type ResponseErrorDetails } from './response-details.ts'

export type RequestErrorCode =
  | 'HTTP_STATUS'
  | 'NETWORK'
  | 'TIMEOUT'
  | 'ORIGIN_REFUSED'
  | 'REDIRECT_REFUSED'
  | 'INSECURE_URL'

/** A request was not sent, not answered, or answered with a status that means failure. */
export class RequestError extends CountersignError<RequestErrorCode> {
  override readonly name = 'RequestError'
  /** HTTP status of the answer, where there was one. */
  declare readonly status?: number
  /** The provider's `x-request-id`. */
  declare readonly requestId?: string
  /** The answer's `WWW-Authenticate`. */
  declare readonly wwwAuthenticate?: string
  /** The provider's own error code, such as `INVALID_SIGNATURE`. */
  declare readonly providerCode?: string
  /** The answer's body as text, secrets masked, at most 16 KiB of it. */
  declare readonly body?: string

  constructor(code: RequestErrorCode, problem: string, details?: ResponseErrorDetails) {
    super(code, problem, details)
    Object.assign(this, knownFacts(details))
  }
}
