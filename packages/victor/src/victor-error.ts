import type { ProviderError } from '@countersign/core/provider'

/** Victor documents no error body; the usual members are read, any other body is ignored. */
export function readVictorError(body: unknown): ProviderError {
  const { error, code, message, error_description } = (body ?? {}) as Record<string, unknown>
  return {
    code: [code, error].find((value) => typeof value === 'string'),
    message: [message, error_description].find((value) => typeof value === 'string'),
  }
}
