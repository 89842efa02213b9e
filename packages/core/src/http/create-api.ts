import type { Input, KyInstance, Options } from 'ky'
import { ConfigError } from '../errors/config-error.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import { isExhausted } from '../errors/exhausted.ts'
import { isError } from '../errors/is-error.ts'
import { RequestError } from '../errors/request-error.ts'
import type { AuthContext } from './auth-context.ts'
import { toNetworkError } from './guarded-fetch.ts'
import { lazyKy } from './lazy-ky.ts'
import { type ReadProviderError, toResponseFacts } from './provider-response.ts'
import { withRetryAfter } from './rate-limit-reset.ts'

/** What a provider adds to its `api`. */
export interface ApiOptions {
  /** Finds the provider's own words in the body of a refusal. */
  readError?: ReadProviderError | undefined
  /** What the provider's `X-Ratelimit-Reset` counts. Default seconds, as ky reads it. */
  rateLimitReset?: 'seconds' | 'milliseconds' | undefined
  /** ky options on top of ours, such as hooks or the methods that may be retried. */
  ky?: Options | undefined
}

const timeoutMs = 30_000
const longestWaitMs = 60_000

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
  baseUrl: string,
  context: AuthContext,
  options: ApiOptions,
): KyInstance {
  const { id: provider, clock, clockOrigin } = context
  const inMilliseconds = options.rateLimitReset === 'milliseconds'
  const fetch = inMilliseconds ? withRetryAfter(authorized, () => clock.now(clockOrigin)) : authorized
  const defaults: Options = {
    prefix: baseUrl,
    fetch,
    timeout: timeoutMs,
    retry: { shouldRetry, maxRetryAfter: longestWaitMs },
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
      return { ...given, fetch }
    },
  })

  function shouldRetry({ error }: { error: Error }): boolean | undefined {
    if (!CountersignError.isInstance(error)) return undefined
    return error.code === 'NETWORK' && error.retryable && !isExhausted(error)
  }

  function toError(
    error: unknown,
    input: Input,
    { signal, method }: Options = {},
    answer?: Response,
  ): unknown {
    if (CountersignError.isInstance(error)) return error
    const given = signal ?? (typeof input === 'object' && 'signal' in input ? input.signal : undefined)
    if (given?.aborted === true) return given.reason
    if (!isError(error)) return error
    const { response, request, data } = error as KyFailure
    const url = toUrl(request?.url ?? answer?.url)
    const path = url === undefined ? '' : ` ${url.origin}${url.pathname}`
    const what = `${request?.method ?? method?.toUpperCase() ?? 'GET'}${path}`
    if (error.name === 'HTTPError' && response !== undefined) return httpStatus(what, response, data)
    // An abort reason of `AbortSignal.timeout` has the same name and is the caller's.
    if (error.name === 'TimeoutError' && request !== undefined) {
      return new RequestError('TIMEOUT', `${what} got no response in time.`, {
        provider,
        retryable: true,
        hint: 'Try again later, or raise `timeout`, a ky option of the call: `api.get(path, { timeout })`.',
      })
    }
    if (answer !== undefined && error.name === 'SyntaxError') return unreadable(what, 'is not JSON', answer)
    if (answer !== undefined && error.name === 'SchemaValidationError')
      return unreadable(what, 'does not fit the schema', answer, error)
    if (error.name === 'NetworkError' || (answer !== undefined && error.name === 'TypeError')) {
      const call = { provider, fetch, url: url ?? new URL(baseUrl), secrets: context.secrets }
      return toNetworkError(error, undefined, { ...call, method: method?.toUpperCase() ?? 'GET' })
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
    const { words, ...facts } = toResponseFacts(
      { status, headers, body },
      options.readError,
      context.secrets(),
    )
    const retryable = status === 429 || status >= 500
    return new RequestError('HTTP_STATUS', `${what} was answered ${status}${words}.`, {
      provider,
      retryable,
      hint: hintFor(status),
      ...facts,
    })
  }

  function hintFor(status: number): string | undefined {
    if (status === 401)
      return `Check credentials, clock and key; \`countersign explain ${provider}\` lists the requirements.`
    return status === 403 ? 'The credentials are valid but not allowed to do this.' : undefined
  }

  // What JSON.parse says quotes the body, so it is no cause to keep.
  function unreadable(what: string, fault: string, { status }: Response, cause?: Error): RequestError {
    const problem = `${what} was answered with a body that ${fault}.`
    return new RequestError('RESPONSE_INVALID', problem, {
      provider,
      status,
      cause,
      secrets: context.secrets(),
    })
  }
}

function toUrl(text: string | undefined): URL | undefined {
  return text !== undefined && URL.canParse(text) ? new URL(text) : undefined
}
