import type { ProviderError } from '@countersign/core/provider'

/** PaymentsGate's refusals are `{ error, message, statusCode?, details? }`. */
export function readPaymentsGateError(body: unknown): ProviderError {
  const { error, message } = (body ?? {}) as Record<string, unknown>
  return {
    code: typeof error === 'string' ? error : undefined,
    message: typeof message === 'string' ? message : undefined,
  }
}
