import { type ProviderError, toProviderError } from '@countersign/core/provider'

/** Victor documents no error body; the usual members are read, any other body is ignored. */
export function readVictorError(body: unknown): ProviderError {
  return toProviderError(body, { code: ['code', 'error'], message: ['message', 'error_description'] })
}
