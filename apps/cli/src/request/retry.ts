import { setTimeout } from 'node:timers/promises'
import { CountersignError } from '@countersign/core'
import { parseHttpDate, type RetryAdvice } from '@countersign/core/provider'
import type { Deadline } from './deadline.ts'

/** How often, when and how a request is sent again. */
export interface RetryOptions {
  /** How often at most; 0 is once and no more. */
  retries: number
  /** Whether the request may reach the provider twice. */
  repeatable: boolean
  advice: RetryAdvice
  deadline: Deadline
  /** Epoch milliseconds. */
  now: () => number
  /** Told what happens, for people. */
  tell(text: string): void
}

/** Methods that change nothing more when they come twice, as core's `api` takes them. */
const repeatableMethods = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])
const anyIdempotencyHeader = 'idempotency-key'

/** Whether a request may be sent twice: because of its method, or of an idempotency header. */
export function isRepeatable({ method, headers }: { method: string; headers: Headers }): boolean {
  return repeatableMethods.has(method) || headers.has(anyIdempotencyHeader)
}

/**
 * Sends a request until it is answered well or not to be sent again: 429, 5xx, a failed network, and token
 * calls that may be made again. Each attempt makes its own proof. Who asks for a longer wait than there is
 * time gets none.
 */
export async function withRetries(
  attempt: () => Promise<Response>,
  { retries, repeatable, advice, deadline, now, tell }: RetryOptions,
): Promise<Response> {
  for (let count = 0; ; count++) {
    const outcome = await attempt().then(
      (response): Outcome => ({ response }),
      (error: unknown): Outcome => ({ error }),
    )
    const reason = deadline.signal.aborted ? undefined : whyAgain(outcome)
    if (reason === undefined || count >= retries) return settle(outcome)
    if (!(repeatable || reason.early)) {
      tell(`${reason.words}: not retried, because it could take effect twice. --retry-unsafe allows it.`)
      return settle(outcome)
    }
    const waitMs = toRetryDelay(outcome.response?.headers, count, advice, now())
    if (waitMs >= deadline.remainingMs()) {
      tell(
        `${reason.words}: not retried, because the wait of ${toWaitWords(waitMs)} is longer than the time left.`,
      )
      return settle(outcome)
    }
    tell(`${reason.words}: retrying in ${toSeconds(waitMs)} s (${count + 1} of ${retries}).`)
    outcome.response?.body?.cancel().catch(() => undefined)
    await setTimeout(waitMs, undefined, { signal: deadline.signal }).catch(() => {
      throw deadline.signal.reason
    })
  }
}

type Outcome = { response: Response; error?: undefined } | { response?: undefined; error: unknown }

function settle({ response, error }: Outcome): Response {
  if (response === undefined) throw error
  return response
}

/** Why a request is to be sent again; `early` when the provider's API was not reached at all. */
function whyAgain({ response, error }: Outcome): { words: string; early: boolean } | undefined {
  if (response !== undefined) {
    const { status } = response
    return status === 429 || status >= 500 ? { words: `Answered ${status}`, early: false } : undefined
  }
  if (!CountersignError.isInstance(error) || !error.retryable) return undefined
  const early = error.code === 'TOKEN_REQUEST_REJECTED'
  return early || error.code === 'NETWORK' ? { words: error.code, early } : undefined
}

/** A server may ask for any number of seconds, even one that is too large to be a number. */
function toWaitWords(waitMs: number): string {
  return waitMs > yearMs ? 'more than a year' : `${toSeconds(waitMs)} s`
}

const yearMs = 365 * 86_400_000

function toSeconds(milliseconds: number): number {
  return Math.ceil(milliseconds / 100) / 10
}

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
  const date = parseHttpDate(after)
  // A date is relative to the server's own time where the response has a Date.
  if (!Number.isNaN(date)) return Math.max(0, date - (parseHttpDate(headers?.get('date') ?? null) || now))
  const reset = Number(headers?.get('x-ratelimit-reset') || Number.NaN)
  if (!(reset >= 0)) return firstWaitMs * 2 ** attempt
  const unitMs = rateLimitReset === 'milliseconds' ? 1 : 1000
  return reset > leastEpoch[rateLimitReset] ? Math.max(0, reset * unitMs - now) : reset * unitMs
}
