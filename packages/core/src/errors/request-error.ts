import type { RequestErrorCode } from './codes.ts'
import { CountersignError, type ErrorDetails } from './countersign-error.ts'
import { knownFacts, type ResponseFactsInput } from './response-facts.ts'

/** What a {@link RequestError} is made from besides {@link ErrorDetails}. */
export interface RequestFacts extends ResponseFactsInput {
  /** The endpoint that was called, unless it is the API. */
  endpoint?: 'token' | undefined
}

/**
 * A request was not sent, got no response, or got one that means failure.
 *
 * @example
 * ```ts
 * import { type Auth, RequestError } from '@countersign/core'
 *
 * declare const auth: Auth
 * await auth.api.get('accounts').json().catch((error: unknown) => {
 *   if (error instanceof RequestError) console.error(error.status, error.providerCode, error.requestId)
 *   throw error
 * })
 * ```
 */
export class RequestError extends CountersignError<RequestErrorCode> {
  override readonly name = 'RequestError'
  /** HTTP status of the response, if there was one. */
  declare readonly status?: number
  /** The provider's `x-request-id`. */
  declare readonly requestId?: string
  /** The response's `WWW-Authenticate`. */
  declare readonly wwwAuthenticate?: string
  /** The provider's own error code, such as `INVALID_SIGNATURE`. */
  declare readonly providerCode?: string
  /** The response's body as text, secrets masked, at most 16 KiB of it. */
  declare readonly body?: string
  /** `token` when the request for a token failed, which was repeated already, and not the call to the API. */
  declare readonly endpoint?: 'token'

  constructor(code: RequestErrorCode, problem: string, details?: ErrorDetails & RequestFacts) {
    super(code, problem, details)
    Object.assign(this, knownFacts(details))
    if (details?.endpoint !== undefined) this.endpoint = details.endpoint
  }
}
