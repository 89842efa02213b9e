import { type ProviderError, toProviderError } from '@countersign/core/provider'

/** Speeda documents no error body; one in the format of RFC 6749, section 5.2, is read, any other body is ignored. */
export function readSpeedaError(body: unknown): ProviderError {
  return toProviderError(body, { code: ['error'], message: ['error_description'] })
}
