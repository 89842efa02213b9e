import { type ProviderError, toProviderError } from '@countersign/core/provider'

/** PaymentsGate's refusals are `{ error, message, statusCode?, details? }`. */
export function readPaymentsGateError(body: unknown): ProviderError {
  return toProviderError(body, { code: ['error'], message: ['message'] })
}
