import type { RetryAdvice } from '@countersign/core/provider'

/** Counts above this are a point in time, not a distance to it. */
const leastEpoch = { milliseconds: 100_000_000_000, seconds: 100_000_000 }
const firstWaitMs = 300

/**
 * How long to wait until a request is sent again, milliseconds: what `Retry-After` asks for, else
 * `X-Ratelimit-Reset` as the provider counts it, else twice as long each time.
 */
export function toRetryDelay(
  headers: Headers | undefined,
  attempt: number,
  { rateLimitReset = 'seconds' }: RetryAdvice,
  now: number,
): number {
  const after = headers?.get('retry-after')?.trim() ?? ''
  if (/^\d+$/.test(after)) return Number(after) * 1000
  const date = Date.parse(after)
  // The server's date is counted from the server's own time where it tells that too.
  if (!Number.isNaN(date)) return Math.max(0, date - (parseDate(headers?.get('date')) ?? now))
  const reset = Number(headers?.get('x-ratelimit-reset') || Number.NaN)
  if (!(reset >= 0)) return firstWaitMs * 2 ** attempt
  const unitMs = rateLimitReset === 'milliseconds' ? 1 : 1000
  return reset > leastEpoch[rateLimitReset] ? Math.max(0, reset * unitMs - now) : reset * unitMs
}

function parseDate(text: string | null | undefined): number | undefined {
  const date = Date.parse(text ?? '')
  return Number.isNaN(date) ? undefined : date
}
