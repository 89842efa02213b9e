import { CountersignError } from '../errors/countersign-error.ts'
import { TokenError } from '../errors/token-error.ts'
import type { SharedRefusal } from './coordinated-store.ts'

/** How long a refusal of the credentials is remembered. */
export const refusalMs = 5_000

/** RFC 6749, section 5.2: the client is unknown, its proof is wrong, or it may not use the grant. */
const refusalCodes: readonly string[] = ['invalid_client', 'unauthorized_client']

/** A refusal and the local time at which it came. */
export interface RememberedRefusal {
  readonly error: TokenError
  readonly at: number
}

/** Whether the provider refused the credentials themselves: the same call is refused again. */
export function isRefusal(error: unknown, more: readonly string[] = []): error is TokenError {
  if (!CountersignError.isInstance(error) || !('providerCode' in error)) return false
  const { providerCode, retryable } = error
  return !retryable && typeof providerCode === 'string' && [...refusalCodes, ...more].includes(providerCode)
}

/** What other processes need to throw the same. */
export function toSharedRefusal({ code, problem, hint, status, providerCode }: TokenError): SharedRefusal {
  return {
    code,
    problem,
    ...(hint === undefined ? {} : { hint }),
    ...(status === undefined ? {} : { status }),
    ...(providerCode === undefined ? {} : { providerCode }),
  }
}

/** The error of a refusal that another process met. */
export function toRefusalError(refusal: SharedRefusal, provider: string): TokenError {
  const code = refusal.code === 'TOKEN_REFRESH_REJECTED' ? 'TOKEN_REFRESH_REJECTED' : 'TOKEN_REQUEST_REJECTED'
  const { problem, hint, status, providerCode } = refusal
  return new TokenError(code, problem, { provider, hint, status, providerCode })
}
