import type { TokenErrorCode } from './codes.ts'
import { CountersignError, type ErrorDetails } from './countersign-error.ts'
import { knownFacts, type ResponseFactsInput } from './response-facts.ts'

/**
 * The token endpoint refused, or its response contains no token that can be used.
 *
 * @example
 * ```ts
 * import { type TokenAuth, TokenError } from '@countersign/core'
 *
 * declare const auth: TokenAuth
 * await auth.token().catch((error: unknown) => {
 *   if (error instanceof TokenError) console.error(error.status, error.providerCode, error.retryable)
 *   throw error
 * })
 * ```
 */
export class TokenError extends CountersignError<TokenErrorCode> {
  override readonly name = 'TokenError'
  /** HTTP status of the response. */
  declare readonly status?: number
  /** The provider's `x-request-id`. */
  declare readonly requestId?: string
  /** The response's `WWW-Authenticate`. */
  declare readonly wwwAuthenticate?: string
  /** The provider's own error code, such as `invalid_client`. */
  declare readonly providerCode?: string
  /** The response's body as text, secrets masked, at most 16 KiB of it. */
  declare readonly body?: string

  constructor(code: TokenErrorCode, problem: string, details?: ErrorDetails & ResponseFactsInput) {
    super(code, problem, details)
    Object.assign(this, knownFacts(details))
  }
}
