import type { ProviderError } from '@countersign/core/provider'

/** Speeda documents no error body; one in the format of RFC 6749, section 5.2, is read, any other body is ignored. */
export function readSpeedaError(body: unknown): ProviderError {
  const { error, error_description } = (body ?? {}) as Record<string, unknown>
  return {
    code: typeof error === 'string' ? error : undefined,
    message: typeof error_description === 'string' ? error_description : undefined,
  }
}
