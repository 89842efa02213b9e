import { type OriginClock, parseHttpDate, toleratedSkewMs } from '../base/clock.ts'
import { type AuthEvent, elapsedMs, emit, type OnEvent } from '../base/events.ts'
import type { Secret } from '../base/secret.ts'
import { pause } from '../base/waiting.ts'
import type { TokenErrorCode } from '../errors/codes.ts'
import { CountersignError, failureCode } from '../errors/countersign-error.ts'
import { createRedactor } from '../errors/redact.ts'
import { RequestError } from '../errors/request-error.ts'
import { TokenError } from '../errors/token-error.ts'
import { type ReadProviderError, toResponseFacts } from '../http/provider-response.ts'
import { guardScheme, parseUrl } from '../http/request.ts'
import { type GuardedCall, guardedFetch } from '../http/send.ts'
import type { Token } from '../token/token.ts'
import { processTokenResponse, readTokenBody, type TokenResponseShape } from './token-response.ts'

/** One request to a token endpoint, with proof of its own. */
export interface TokenRequest {
  headers: Record<string, string>
  /** Left out where the request has no body. */
  body?: string | undefined
  /** Values to mask in errors. */
  secrets: readonly (string | Secret)[]
}

/** How a token is exchanged. */
export interface TokenExchange {
  /** The provider's id, for events and errors. */
  provider: string
  /** The token endpoint. */
  url: string
  /** The `fetch` that carries the call. Default: the global one. */
  fetch?: typeof fetch | undefined
  /** The clock that the proof and the expiry follow. */
  clock: OriginClock
  /** Receives events. */
  onEvent?: OnEvent | undefined
  /** Ends the exchange with its reason. */
  signal?: AbortSignal | undefined
  /** Builds the request; called again for every attempt, so that each carries new proof. */
  build(context: { now: number }): Promise<TokenRequest>
  /** What the provider documents of its response. */
  response: TokenResponseShape
  /** Reads the provider's error code and message from a refusal. */
  readError?: ReadProviderError | undefined
  /** The error code of a refusal. Default `TOKEN_REQUEST_REJECTED`. */
  rejectedCode?: TokenErrorCode | undefined
  /**
   * How often the call is made when the server is busy, not reached or does not answer. Default 3. With 1 it is
   * never made again, not even when the clock was off: for what may be presented once, such as a refresh token.
   */
  attempts?: number | undefined
  /** How long one attempt may take, response included, milliseconds. Default 15 s. */
  timeoutMs?: number | undefined
  /** How long all attempts may take, pauses included, milliseconds. Default 45 s. */
  totalTimeoutMs?: number | undefined
}

const timeoutMsDefault = 15_000
const totalTimeoutMsDefault = 45_000
const firstPauseMs = 250
const longestPauseMs = 3_000

/**
 * Exchanges credentials for a token. A server that is busy, not reached or does not answer is tried again, a
 * refusal only if the clock was off, and each time with new proof. Nothing else repeats a token request: its
 * errors have the endpoint `token`, and `api` does not retry them.
 *
 * @example
 * ```ts
 * import { createOriginClock, exchangeToken } from '@countersign/core/provider'
 *
 * const token = await exchangeToken({
 *   provider: 'acme',
 *   url: 'https://login.acme.example/token',
 *   clock: createOriginClock(),
 *   build: async () => ({
 *     headers: { 'content-type': 'application/x-www-form-urlencoded' },
 *     body: 'grant_type=client_credentials&client_id=me&client_secret=hunter2',
 *     secrets: ['hunter2'],
 *   }),
 *   response: { scheme: 'Bearer', expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 300 } },
 * })
 * ```
 *
 * @throws {TokenError} `TOKEN_REQUEST_REJECTED`, `TOKEN_RESPONSE_INVALID`.
 * @throws {RequestError} `NETWORK`, `TIMEOUT`, `REDIRECT_REFUSED`, `INSECURE_URL`.
 */
export async function exchangeToken(exchange: TokenExchange): Promise<Token> {
  const { provider } = exchange
  const url = parseUrl(exchange.url, provider)
  guardScheme(url, provider)
  const { origin } = url
  const progress: Progress = { sent: 0 }
  const start = performance.now()
  const report = (failure: FailureFacts | undefined) => {
    const durationMs = elapsedMs(start)
    const attempts = progress.sent
    if (attempts > 0)
      emit(exchange.onEvent, { type: 'token.exchanged', provider, origin, attempts, durationMs, ...failure })
  }
  try {
    const token = await exchangeWithRetries(exchange, origin, progress, start)
    report(undefined)
    return token
  } catch (error) {
    // An exchange that was given up fails with the reason, which says nothing about the server.
    report(exchange.signal?.aborted === true ? { code: 'ABORTED' } : toFailureFacts(error))
    throw error
  }
}

/** How often a request was sent, for events. */
interface Progress {
  sent: number
}

type FailureFacts = Pick<Extract<AuthEvent, { type: 'token.retried' }>, 'code' | 'status'>

function toFailureFacts(error: unknown): FailureFacts {
  const { status } = error as { status?: number }
  return { code: failureCode(error), ...(status !== undefined && { status }) }
}

async function exchangeWithRetries(
  exchange: TokenExchange,
  origin: string,
  progress: Progress,
  start: number,
): Promise<Token> {
  const {
    attempts = 3,
    provider,
    timeoutMs = timeoutMsDefault,
    totalTimeoutMs = totalTimeoutMsDefault,
  } = exchange
  const end = start + totalTimeoutMs
  let clockAdjusted = false
  for (let attempt = 1; ; attempt++) {
    exchange.signal?.throwIfAborted()
    const leftMs = end - performance.now()
    const outcome = await tryExchange(
      exchange,
      leftMs < timeoutMs ? { ms: leftMs, saidMs: totalTimeoutMs } : { ms: timeoutMs, saidMs: timeoutMs },
      progress,
    )
    if ('token' in outcome) return outcome.token
    const { error, retryAfterMs, clockLearned } = outcome
    const repeated = (waitMs: number) =>
      emit(exchange.onEvent, {
        type: 'token.retried',
        provider,
        origin,
        attempt: progress.sent + 1,
        waitMs,
        ...toFailureFacts(error),
      })
    if (clockLearned && !clockAdjusted && attempts > 1) {
      clockAdjusted = true
      attempt--
      repeated(0)
      continue
    }
    if (retryAfterMs === undefined || attempt >= attempts) throw error
    const pauseMs = Math.max(retryAfterMs, firstPauseMs * 3 ** (attempt - 1) * (0.5 + Math.random() / 2))
    if (performance.now() + pauseMs >= end) throw error
    await pause(pauseMs, exchange.signal)
    repeated(Math.round(pauseMs))
  }
}

type Outcome =
  | { token: Token }
  | {
      error: unknown
      /** How long to wait before the next attempt, if another may help. */
      retryAfterMs?: number | undefined
      clockLearned?: boolean
    }

/** How long an attempt may take, and the limit that its error names: that of one attempt or of all. */
interface AttemptLimit {
  ms: number
  saidMs: number
}

async function tryExchange(
  exchange: TokenExchange,
  limit: AttemptLimit,
  progress: Progress,
): Promise<Outcome> {
  const { provider, clock } = exchange
  const url = new URL(exchange.url)
  const { origin } = url
  const now = clock.now(origin)
  const offset = clock.offset(origin)
  const request = await exchange.build({ now })
  // A signer elsewhere may take seconds.
  exchange.signal?.throwIfAborted()
  progress.sent++
  const call: GuardedCall = {
    provider,
    fetch: exchange.fetch,
    url,
    method: 'POST',
    endpoint: 'token',
    secrets: () => request.secrets,
  }
  const timer = new AbortController()
  const late = () =>
    new RequestError(
      'TIMEOUT',
      `POST ${origin}${url.pathname} got no response within ${limit.saidMs / 1000} s.`,
      {
        provider,
        endpoint: 'token',
        retryable: true,
        secrets: request.secrets,
        hint: 'Try again later; check the network and the base URL.',
      },
    )
  const stop = startTimeout(() => timer.abort(late()), limit.ms)
  const follow = () => timer.abort(exchange.signal?.reason)
  exchange.signal?.addEventListener('abort', follow, { once: true })
  const { signal } = timer
  try {
    const { headers, body } = request
    const sent = body === undefined ? {} : { body }
    const init: RequestInit = { method: 'POST', headers, ...sent, signal, ...uncached }
    const response = await guardedFetch(exchange.url, init, call)
    if (response.ok) {
      const parsed = await readTokenBody(response, { provider, signal })
      const serverNow = toServerTime(response.headers, now)
      const readError = maskedReader(exchange.readError, request.secrets)
      return {
        token: processTokenResponse(parsed, exchange.response, { provider, now, serverNow, readError }),
      }
    }
    const error = await refused(exchange, request, response, signal)
    if (error.retryable) return { error, retryAfterMs: toRetryAfterMs(response.headers, clock.now(origin)) }
    return { error, clockLearned: clock.offset(origin) !== offset }
  } catch (error) {
    const again = CountersignError.isInstance(error) && unanswered.has(error.code) && error.retryable
    return { error, retryAfterMs: again ? 0 : undefined }
  } finally {
    stop()
    exchange.signal?.removeEventListener('abort', follow)
  }
}

/** Codes of an attempt that got no response. */
const unanswered: ReadonlySet<string> = new Set(['NETWORK', 'TIMEOUT'])

/**
 * Keeps the response out of the data cache of Next.js 13 and 14, which answers equal POST requests from it.
 * Every other `fetch` ignores this member; `cache: 'no-store'` makes Workers with older compatibility dates
 * throw. `pnpm next` tries it.
 */
const uncached: object = { next: { revalidate: 0 } }

/** A process that was frozen finds its timer due before it has read what arrived in the meantime. */
const thawMs = 1_000
const lateMs = 100

/** Calls `expire` after `timeoutMs`; a timer that fires late first lets a response that has arrived be read. */
function startTimeout(expire: () => void, timeoutMs: number): () => void {
  const due = performance.now() + timeoutMs
  let timer = setTimeout(() => {
    if (performance.now() - due < lateMs) return expire()
    timer = setTimeout(expire, thawMs)
  }, timeoutMs)
  return () => clearTimeout(timer)
}

const dayMs = 86_400_000

/**
 * The server's time by its `Date`, which has whole seconds; ours if there is none, or it differs by no more than
 * is tolerated or by more than a day.
 */
function toServerTime(headers: Headers, now: number): number {
  const sent = parseHttpDate(headers.get('date'))
  const differenceMs = Math.abs(sent - now)
  return differenceMs > toleratedSkewMs && differenceMs <= dayMs ? sent : now
}

/** Finds a provider's code in a response of status 200, with secrets masked. */
function maskedReader(
  readError: ReadProviderError | undefined,
  secrets: readonly (string | Secret)[],
): ReadProviderError | undefined {
  if (readError === undefined) return undefined
  const redact = createRedactor(secrets)
  return (body) => {
    const { code } = readError(body) ?? {}
    return { code: typeof code === 'string' ? redact(code) : undefined }
  }
}

async function refused(
  exchange: TokenExchange,
  request: TokenRequest,
  response: Response,
  signal: AbortSignal,
): Promise<TokenError> {
  const { provider, clock, onEvent, rejectedCode = 'TOKEN_REQUEST_REJECTED' } = exchange
  const { status, headers } = response
  const { origin, pathname } = new URL(exchange.url)
  const body = await readTokenBody(response, { provider, signal }).catch(() => undefined)
  const { problem, ...facts } = toResponseFacts(
    { what: `POST ${origin}${pathname}`, status, headers, body },
    exchange.readError,
    request.secrets,
  )
  const busy = status === 429 || status >= 500
  const error = new TokenError(rejectedCode, problem, {
    provider,
    retryable: busy,
    hint: busy
      ? 'Try again later.'
      : (clock.hint(headers.get('date')) ?? 'Check the credentials, and the clock of this computer.'),
    ...facts,
  })
  const judged = status === 400 || status === 401 || status === 403
  const offsetMs = judged ? clock.learn(origin, headers.get('date')) : undefined
  if (offsetMs !== undefined) emit(onEvent, { type: 'clock.adjusted', provider, origin, offsetMs })
  return error
}

/** How long to wait before the next attempt, in milliseconds, or `undefined` when that is too long. */
function toRetryAfterMs(headers: Headers, now: number): number | undefined {
  const text = headers.get('retry-after') ?? '0'
  const sent = parseHttpDate(headers.get('date'))
  const waitMs = /^\d+$/.test(text)
    ? Number(text) * 1000
    : parseHttpDate(text) - (Number.isNaN(sent) ? now : sent)
  if (Number.isNaN(waitMs)) return 0
  return waitMs <= longestPauseMs ? Math.max(0, waitMs) : undefined
}
