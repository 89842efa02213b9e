import type { ProviderError } from '@countersign/core/provider'

/** Reads the body of RFC 6749, section 5.2, and what some servers send instead: `message` and `code`. */
export function readOAuthError(body: unknown): ProviderError {
  const { error, error_description, message, code } = (body ?? {}) as Record<string, unknown>
  const text = (...values: unknown[]) => values.find((value) => typeof value === 'string')
  return { code: text(error, code), message: text(error_description, message) }
}
