import { type ProviderError, toProviderError } from '@countersign/core/provider'

/** Reads the body of RFC 6749, section 5.2, and what some servers send instead: `message` and `code`. */
export function readOAuthError(body: unknown): ProviderError {
  return toProviderError(body, { code: ['error', 'code'], message: ['error_description', 'message'] })
}
