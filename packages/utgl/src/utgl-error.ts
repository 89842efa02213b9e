import type { ProviderError } from '@countersign/core/provider'

/** UTGL's refusals are `{ code, message }`. */
export function readUtglError(body: unknown): ProviderError {
  const { code, message } = (body ?? {}) as Record<string, unknown>
  return {
    code: typeof code === 'string' ? code : undefined,
    message: typeof message === 'string' ? message : undefined,
  }
}
