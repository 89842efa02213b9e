import type { BeforeRetryState, Input, KyInstance, Options } from 'ky'
import { leastEpochMs, type OriginClock, parseHttpDate } from '../base/clock.ts'
import { toWaitWords } from '../base/duration.ts'
import { type Events, elapsedMs, emit } from '../base/events.ts'
import type { Secret } from '../base/secret.ts'
import { ConfigError } from '../errors/config-error.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import { isError } from '../errors/redact.ts'
import { RequestError } from '../errors/request-error.ts'
import { isReplayable } from './body.ts'
import { lazyKy } from './lazy-ky.ts'
import { type ReadProviderError, toResponseFacts } from './provider-response.ts'
import { checkFormHeaders, toUrl } from './request.ts'
import { toNetworkError } from './send.ts'

/** How a provider makes a POST that arrives twice take effect only once. */
export interface Idempotency {
  /** The header that identifies the call. */
  readonly header: string
  /** Whether `api` adds a random UUID to a POST without it. Default false. */
  readonly automatic?: boolean | undefined
  /** The most characters that its value may have. */
  readonly maxLength?: number | undefined
}

/** What a provider adds to its `api`. */
export interface ApiOptions {
  /** Reads the provider's error code and message from the body of a refusal. */
  readError?: ReadProviderError | undefined
  /** What the provider's `X-Ratelimit-Reset` counts. Default seconds, as ky reads it. */
  rateLimitReset?: 'seconds' | 'milliseconds' | undefined
  /** Lets `api` retry a POST that has this header. Default: a POST is sent once. */
  idempotency?: Idempotency | undefined
  /** ky options on top of ours, such as hooks or the methods that may be retried. */
  ky?: Options | undefined
}

/** What an `api` knows about its Auth. */
export interface ApiContext {
  readonly id: string
  readonly base: URL
  readonly clock: OriginClock
  /** Receives events. */
  readonly onEvent: Events
  /** Values to mask in errors. */
  secrets(): readonly (string | Secret)[]
}

/** ky's `totalTimeout`, retries included. */
const totalTimeoutMs = 30_000
/** ky's `retry.maxRetryAfter`. */
const longestWaitMs = 10_000

/** What ky's HTTPError, TimeoutError and SchemaValidationError have that is read here. */
interface KyFailure extends Error {
  response?: Response
  request?: Request
  data?: unknown
}

/**
 * A ky instance on an authorised fetch: ky never sees a key, and callers never see an error of ky's, whose
 * request would print the credentials.
 */
export function createApi(
  authorized: typeof globalThis.fetch,
  context: ApiContext,
  options: ApiOptions,
): KyInstance {
  const { id: provider, base, clock, onEvent } = context
  const now = () => clock.now(base.origin)
  const inMilliseconds = options.rateLimitReset === 'milliseconds'
  const failedAt = new WeakMap<Response | Error, number>()
  const fetch = noteFailures(inMilliseconds ? withRetryAfter(authorized, now) : authorized)
  const defaults: Options = {
    prefix: base.href,
    fetch,
    timeout: false,
    totalTimeout: totalTimeoutMs,
    retry: { shouldRetry: retryWithin(longestWaitMs), maxRetryAfter: longestWaitMs },
    hooks: { ...idempotencyHooks(options.idempotency, provider), beforeRetry: [reportRetry] },
    parseJson,
  }
  return lazyKy({
    load: async () => (await import('ky')).default.create(defaults).extend(options.ky ?? {}),
    toError,
    toOptions(given) {
      if (given.fetch !== undefined && given.fetch !== fetch) {
        throw new ConfigError('`api` does not accept `fetch`.', {
          provider,
          hint: 'Pass `fetch` to the factory.',
        })
      }
      checkFormHeaders(given.body, given.headers, provider)
      return { ...given, ...toRetry(given), fetch }
    },
  })

  /** Notes when a call failed, so that the event of its repetition says how long ky waited. */
  function noteFailures(send: typeof globalThis.fetch): typeof globalThis.fetch {
    const noted = async (...given: Parameters<typeof send>) => {
      try {
        const response = await send(...given)
        if (!response.ok) failedAt.set(response, performance.now())
        return response
      } catch (error) {
        if (isError(error)) failedAt.set(error, performance.now())
        throw error
      }
    }
    return (...given) => (onEvent.listeners.size === 0 ? send(...given) : noted(...given))
  }

  function reportRetry({ request, error, retryCount }: BeforeRetryState): void {
    const { response } = error as KyFailure
    const start = failedAt.get(response ?? error)
    emit(onEvent, {
      type: 'request.retried',
      provider,
      method: request.method,
      origin: new URL(request.url).origin,
      attempt: retryCount + 1,
      ...(start !== undefined && { waitMs: Math.round(elapsedMs(start)) }),
      ...(response !== undefined && { status: response.status }),
      ...(CountersignError.isInstance(error) && { code: error.code }),
    })
  }

  /** ky itself would wait as long as it may and then come back too early. */
  function retryWithin(waitMs: number): ShouldRetry {
    return ({ error }) => {
      if (CountersignError.isInstance(error))
        return error.code === 'NETWORK' && error.retryable && error.endpoint !== 'token'
      const { response } = error as KyFailure
      return response !== undefined && retryAfterMs(response.headers, now()) > waitMs ? false : undefined
    }
  }

  function toRetry({ retry, body }: Options): Pick<Options, 'retry'> {
    if (typeof retry === 'number') return {}
    const { limit, maxRetryAfter } = retry ?? {}
    // ky holds a copy of a stream for as long as it may retry.
    const once = limit === undefined && !isReplayable(body) ? { limit: 0 } : undefined
    const wait = maxRetryAfter === undefined ? undefined : { shouldRetry: retryWithin(maxRetryAfter) }
    return once === undefined && wait === undefined ? {} : { retry: { ...wait, ...retry, ...once } }
  }

  function parseJson(text: string, { request, response }: { request: Request; response: Response }): unknown {
    if (text === '' && bodyless.has(response.status)) return undefined
    try {
      return JSON.parse(text)
    } catch {
      throw unreadable(`${request.method} ${addressOf(toUrl(request.url))}`, notJson(response), response)
    }
  }

  function toError(
    error: unknown,
    input: Input,
    { signal, method }: Options = {},
    answer?: Response,
  ): unknown {
    if (CountersignError.isInstance(error)) return error
    const given =
      signal ?? (typeof input === 'object' && input !== null && 'signal' in input ? input.signal : undefined)
    if (given?.aborted === true) return given.reason
    if (!isError(error)) return error
    const { response, request, data } = error as KyFailure
    const url = toUrl(request?.url ?? answer?.url ?? '')
    const what = `${request?.method ?? method?.toUpperCase() ?? 'GET'} ${addressOf(url)}`
    if (error.name === 'HTTPError' && response !== undefined) return httpStatus(what, response, data)
    // An abort reason of `AbortSignal.timeout` has the same name and is the caller's.
    if (error.name === 'TimeoutError' && request !== undefined) {
      return new RequestError('TIMEOUT', `${what} got no response in time.`, {
        provider,
        retryable: true,
        secrets: context.secrets(),
        hint: 'Try again later, or raise `totalTimeout`, a ky option of the call: `api.get(path, { totalTimeout })`.',
      })
    }
    if (answer !== undefined && error.name === 'SyntaxError') return unreadable(what, notJson(answer), answer)
    if (answer !== undefined && error.name === 'SchemaValidationError')
      return unreadable(what, 'does not fit the schema', answer, error)
    if (error.name === 'NetworkError' || (answer !== undefined && error.name === 'TypeError')) {
      const call = { provider, fetch, url: url ?? base, secrets: context.secrets }
      return toNetworkError(error, {}, { ...call, method: method?.toUpperCase() ?? 'GET' })
    }
    if (error.name === 'ForceRetryError') {
      return new RequestError(
        'HTTP_STATUS',
        `${what} was to be retried more often than \`retry.limit\` allows.`,
        {
          provider,
          cause: error,
          secrets: context.secrets(),
          hint: 'Raise `retry.limit`, a ky option of the call, or ask for fewer retries.',
        },
      )
    }
    if (error.name !== 'TypeError' && error.name !== 'RangeError') return error
    return new ConfigError('The request cannot be sent.', {
      provider,
      cause: error,
      secrets: context.secrets(),
    })
  }

  function httpStatus(what: string, response: Response, body: unknown): RequestError {
    const { status, headers } = response
    const { problem, ...facts } = toResponseFacts(
      { what, status, headers, body },
      options.readError,
      context.secrets(),
    )
    const retryable = status === 429 || status >= 500
    return new RequestError('HTTP_STATUS', problem, {
      provider,
      retryable,
      hint: hintFor(response, retryable),
      ...facts,
    })
  }

  function hintFor({ status, headers }: Response, retryable: boolean): string | undefined {
    if (status === 401) {
      const general = `Check credentials, clock and key; \`countersign explain ${provider}\` lists the requirements.`
      return clock.hint(headers.get('date')) ?? general
    }
    if (status === 403) return 'The credentials are valid but not allowed to do this.'
    const waitMs = retryable ? retryAfterMs(headers, now()) : 0
    if (waitMs <= longestWaitMs) return undefined
    return `Try again in ${toWaitWords(waitMs)}; \`retry.maxRetryAfter\`, a ky option of the call, sets how long \`api\` waits.`
  }

  // JSON.parse quotes the body in its error, so that error is not kept as the cause.
  function unreadable(what: string, fault: string, response: Response, cause?: Error): RequestError {
    const { status } = response
    const isPage = mediaTypeOf(response) === 'text/html'
    const problem = `${what} was answered ${status} with a body that ${fault}.`
    return new RequestError('RESPONSE_INVALID', problem, {
      provider,
      status,
      cause,
      secrets: context.secrets(),
      hint: isPage ? 'Check the base URL and the path: this is the address of a web page.' : undefined,
    })
  }
}

/** ky's own retry methods, and POST. */
const withPost = ['get', 'put', 'head', 'delete', 'options', 'trace', 'query', 'post'] as const

function idempotencyHooks(idempotency: Idempotency | undefined, provider: string): Options['hooks'] {
  if (idempotency === undefined) return {}
  const { header, automatic = false, maxLength = Number.POSITIVE_INFINITY } = idempotency
  return {
    init: [
      (call) => {
        const key = new Headers(call.headers as HeadersInit | undefined).get(header)
        if (key !== null && key.length > maxLength)
          throw new ConfigError(`\`${header}\` has ${key.length} characters.`, {
            provider,
            hint: `Use at most ${maxLength} characters, such as \`crypto.randomUUID()\`.`,
          })
        const { retry } = call
        if (automatic || key !== null)
          call.retry = { methods: [...withPost], ...(typeof retry === 'number' ? { limit: retry } : retry) }
      },
    ],
    beforeRequest: [
      ({ request: { method, headers } }) => {
        if (automatic && method === 'POST' && !headers.has(header)) headers.set(header, crypto.randomUUID())
      },
    ],
  }
}

/** The media type of a response (RFC 9110, section 8.3.1); `undefined` for what is not one, or a long one. */
function mediaTypeOf({ headers }: Response): string | undefined {
  return /^([a-z]{1,20}\/[\w.+-]{1,40})\s*(?:;|$)/i
    .exec(headers.get('content-type') ?? '')?.[1]
    ?.toLowerCase()
}

function notJson(response: Response): string {
  const type = mediaTypeOf(response)
  return type === undefined || /[/+]json$/.test(type) ? 'is not JSON' : `is ${type}, not JSON`
}

type ShouldRetry = NonNullable<Exclude<Options['retry'], number | undefined>['shouldRetry']>

/** Statuses whose responses have no body. */
const bodyless = new Set([204, 205, 304])

function addressOf(url: URL | undefined): string {
  return url === undefined ? 'the request' : `${url.origin}${url.pathname}`
}

/** In this order, as ky reads them; the last two may hold an epoch time. */
const resetHeaders = ['ratelimit-reset', 'x-ratelimit-retry-after', 'x-ratelimit-reset', 'x-rate-limit-reset']

/** How long a response asks to wait, in milliseconds; 0 when it does not say. */
function retryAfterMs(headers: Headers, now: number): number {
  const after = headers.get('retry-after')
  const text = after ?? resetHeaders.map((name) => headers.get(name)).find((value) => value !== null) ?? '0'
  if (!/^\d+$/.test(text)) return Math.max(0, parseHttpDate(text) - now) || 0
  const waitMs = Number(text) * 1000
  return after === null && waitMs > leastEpochMs * 10 ? Math.max(0, waitMs - now) : waitMs
}

const timed = new Set([413, 429, 503])

/**
 * A fetch for ky whose refusals say when to come back in the way that ky reads: `Retry-After` in seconds,
 * made of an `X-Ratelimit-Reset` that counts milliseconds and that ky would take for seconds.
 */
function withRetryAfter(send: typeof fetch, now: () => number): typeof fetch {
  return async (input, init) => {
    const response = await send(input, init)
    const reset = Number(response.headers.get('x-ratelimit-reset') ?? Number.NaN)
    if (!timed.has(response.status) || response.headers.has('retry-after') || !(reset >= 0)) return response
    const { status, body, url } = response
    const waitMs = reset > leastEpochMs ? Math.max(0, reset - now()) : reset
    const headers = new Headers(response.headers)
    // In digits: larger numbers are written with an exponent, which `Retry-After` does not have.
    headers.set('retry-after', String(Math.min(Math.ceil(waitMs / 1000), Number.MAX_SAFE_INTEGER)))
    // Without the phrase of the status line: it may be one that no Response can be made with.
    return Object.defineProperty(new Response(body, { status, headers }), 'url', { value: url })
  }
}
