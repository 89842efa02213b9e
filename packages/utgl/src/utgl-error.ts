import { type ProviderError, toProviderError } from '@countersign/core/provider'

/** UTGL's refusals are `{ code, message }`. */
export function readUtglError(body: unknown): ProviderError {
  return toProviderError(body, { code: ['code'], message: ['message'] })
}
