import type { Secret } from '../base/secret.ts'
import { untilAborted } from '../base/waiting.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import { isError } from '../errors/redact.ts'
import { RequestError } from '../errors/request-error.ts'
import {
  boundCopy,
  bufferBody,
  isForeign,
  isForm,
  isReplayable,
  isStream,
  streamFailure,
  unsendable,
} from './body.ts'
import {
  type BodyCopy,
  checkHeader,
  isPlatformRequest,
  type OutgoingRequest,
  requestSettings,
} from './request.ts'

/** What a call knows about itself. */
export interface GuardedCall {
  provider: string
  fetch: typeof fetch | undefined
  /** For messages: what is called. */
  url: URL
  method: string
  /** The endpoint that is called, unless it is the API. */
  endpoint?: 'token'
  /** Values to mask in errors; asked for only when something fails. */
  secrets?: () => readonly (string | Secret)[]
}

/**
 * Sends a request with the given headers: as URL and options, which every implementation of `fetch` takes. The
 * platform's own `fetch` gets the platform's own Request, since it alone knows how long its body is.
 */
export async function sendRequest(
  request: OutgoingRequest,
  copy: BodyCopy,
  headers: HeadersInit,
  call: Pick<GuardedCall, 'provider' | 'fetch' | 'secrets'>,
): Promise<Response> {
  const { url, href, method, signal, init, request: given } = request
  const sent: RequestInit & { duplex?: 'half' } = { ...init, method, headers }
  let target: string | Request = href
  if (given !== undefined) {
    const counted = await countedBody(request, copy, headers, call.provider)
    if (counted === undefined && call.fetch === undefined && isPlatformRequest(given)) {
      target = given
    } else {
      // Copying replaced the stream that the Request began with.
      sent.body = counted ?? (await copy.body(signal))?.body ?? given.body
      Object.assign(sent, { ...requestSettings(given), ...sent })
    }
  }
  const { body } = sent
  if (
    body !== undefined &&
    body !== null &&
    (isForeign(body) || (call.fetch !== undefined && isForm(body)))
  ) {
    // Another implementation knows only its own FormData and would send `[object FormData]`.
    const { bytes, type } = await bufferBody(body, {
      maxBytes: Number.POSITIVE_INFINITY,
      provider: call.provider,
      signal,
    })
    sent.headers = new Headers(headers)
    if (type !== undefined && !sent.headers.has('content-type')) sent.headers.set('content-type', type)
    sent.body = bytes
  }
  if (!isReplayable(sent.body)) sent.duplex = 'half'
  if (signal !== undefined) sent.signal = signal
  const release = isStream(sent.body) ? boundCopy(sent.body) : boundRequestCopy(target, copy)
  try {
    return await guardedFetch(target, sent, { ...call, url, method })
  } catch (error) {
    const stream = sent.body ?? given?.body
    const asked = isStream(stream) && signal?.aborted !== true
    const failure = asked ? await streamFailure(stream) : undefined
    throw failure === undefined ? error : failure.reason
  } finally {
    release?.()
  }
}

/**
 * The bytes of a Request that states their number, if they fit into the copy: the platform would leave it to the
 * server to wait for what is missing.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for another number.
 */
async function countedBody(
  { body, signal }: OutgoingRequest,
  copy: BodyCopy,
  headers: HeadersInit,
  provider: string,
): Promise<BodyInit | undefined> {
  if (!isStream(body)) return undefined
  const stated = (headers instanceof Headers ? headers : new Headers(headers)).get('content-length')
  if (stated === null) return undefined
  const bytes = (await copy.body(signal))?.body ?? undefined
  if (bytes !== undefined) checkHeader('content-length', stated, bytes, provider)
  return bytes
}

/** The platform keeps a copy of a Request's body for as long as we keep ours. */
function boundRequestCopy(target: string | Request, copy: BodyCopy): (() => void) | undefined {
  if (typeof target === 'string' || !isStream(target.body)) return undefined
  return boundCopy(target.body, (drop) => {
    copy.body(undefined).then((known) => {
      if (known === undefined) drop()
    }, drop)
  })
}

const redirects = new Set([301, 302, 303, 307, 308])

/**
 * One `fetch` that follows no redirect and fails with a typed error. The caller's own abort reason passes
 * through unchanged, at once even if the `fetch` does not follow the signal.
 *
 * @throws {RequestError} `NETWORK`, `TIMEOUT` or `REDIRECT_REFUSED`.
 * @throws {ConfigError} `CONFIG_INVALID` for a request that the platform does not send.
 */
export async function guardedFetch(
  input: string | Request,
  init: RequestInit,
  call: GuardedCall,
): Promise<Response> {
  const { fetch: send = fetch } = call
  let response: Response
  try {
    const sent = send(input, { ...init, redirect: 'manual' })
    response = await untilAborted(sent, init.signal)
  } catch (error) {
    throw toNetworkError(error, init, call)
  }
  if (redirects.has(response.status) || response.type === 'opaqueredirect' || response.redirected) {
    response.body?.cancel().catch(() => undefined)
    throw redirectRefused(response, call)
  }
  return response
}

/** Codes by which Node's fetch says that the request, not the network, is at fault. */
const requestFaults = new Set([
  'UND_ERR_INVALID_ARG',
  'UND_ERR_NOT_SUPPORTED',
  'UND_ERR_REQ_CONTENT_LENGTH_MISMATCH',
])

/**
 * The error for a call without a response; an abort reason of the caller, and an error of ours from a
 * `fetch` that knows better, as they are.
 */
export function toNetworkError(error: unknown, init: RequestInit, call: GuardedCall): unknown {
  const { signal } = init
  if (signal?.aborted === true) return signal.reason
  const { provider, method, url, endpoint } = call
  if (CountersignError.isInstance(error)) {
    if (endpoint === undefined || error.name !== 'RequestError' || !error.retryable) return error
    return new RequestError(error.code, error.problem, { ...error, cause: error.cause, endpoint })
  }
  const reason = causeCode(error)
  if (requestFaults.has(reason ?? '') || (reason === undefined && !isSendable(url, init)))
    return unsendable(provider, 'The request cannot be sent.', error)
  const timedOut = isError(error) && (error.name === 'TimeoutError' || /TIMEOUT|TIMEDOUT/.test(reason ?? ''))
  return new RequestError(
    timedOut ? 'TIMEOUT' : 'NETWORK',
    `${method} ${url.origin}${url.pathname} got no response${reason === undefined ? '' : ` (${reason})`}.`,
    {
      provider,
      endpoint,
      retryable: true,
      cause: error,
      secrets: call.secrets?.(),
      hint: timedOut ? 'Try again later.' : 'Check the network, the proxy settings and the base URL.',
    },
  )
}

/** Whether the platform takes these options; asked only after a call failed. */
function isSendable(url: URL, { signal: _signal, body: _body, ...init }: RequestInit): boolean {
  try {
    return new Request(url, init) !== undefined
  } catch {
    return false
  }
}

function causeCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; isError(at) && depth < 4; at = at.cause, depth++) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'string' && /^[A-Z_\d]+$/.test(code)) return code
  }
  return undefined
}

function redirectRefused(
  response: Response,
  { provider, method, url, endpoint, secrets }: GuardedCall,
): RequestError {
  const location = response.headers.get('location')
  const origin =
    location !== null && URL.canParse(location, url.href) ? new URL(location, url.href).origin : 'null'
  const target = origin === 'null' ? 'another URL' : origin
  const problem = `${method} ${url.origin}${url.pathname} was redirected to ${target}.`
  return new RequestError('REDIRECT_REFUSED', problem, {
    provider,
    endpoint,
    status: response.status,
    secrets: secrets?.(),
    hint: 'Credentials never follow a redirect. Call the final URL directly, or set `baseUrl` to it.',
  })
}
