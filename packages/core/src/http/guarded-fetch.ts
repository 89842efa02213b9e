import { revealSecret, type Secret } from '../base/secret.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import { isError } from '../errors/is-error.ts'
import { redact } from '../errors/redact.ts'
import { RequestError } from '../errors/request-error.ts'

/** What a guarded call knows of itself. */
export interface GuardedCall {
  provider: string
  fetch: typeof fetch | undefined
  /** For messages: what is called. */
  url: URL
  method: string
  /** Values to mask in errors; asked for only when something fails. */
  secrets?: () => readonly (string | Secret)[]
  /** Throws when the call failed because it was no request that can be sent. */
  check?: (() => unknown) | undefined
}

const redirects = new Set([301, 302, 303, 307, 308])

/**
 * One `fetch` that follows no redirect and fails with a typed error. The caller's own abort reason passes
 * through unchanged.
 *
 * @throws {RequestError} `NETWORK`, `TIMEOUT` or `REDIRECT_REFUSED`.
 */
export async function guardedFetch(
  input: string | Request,
  init: RequestInit,
  call: GuardedCall,
): Promise<Response> {
  const { fetch: send = fetch } = call
  let response: Response
  try {
    response = await send(input, { ...init, redirect: 'manual' })
  } catch (error) {
    if (init.signal?.aborted !== true) call.check?.()
    throw toNetworkError(error, init.signal, call)
  }
  if (redirects.has(response.status) || response.type === 'opaqueredirect' || response.redirected) {
    response.body?.cancel().catch(() => undefined)
    throw redirectRefused(response, call)
  }
  return response
}

/**
 * The error for a call that was not answered; an abort reason of the caller, and an error of ours from a
 * `fetch` that knows better, as they are.
 */
export function toNetworkError(
  error: unknown,
  signal: AbortSignal | null | undefined,
  call: GuardedCall,
): unknown {
  if (signal?.aborted === true) return signal.reason
  if (CountersignError.isInstance(error)) return error
  const { provider, method, url } = call
  const timedOut =
    isError(error) && (error.name === 'TimeoutError' || /TIMEOUT|TIMEDOUT/.test(causeCode(error) ?? ''))
  const code = timedOut ? 'TIMEOUT' : 'NETWORK'
  const reason = causeCode(error)
  return new RequestError(
    code,
    `${method} ${url.origin}${url.pathname} got no response${reason === undefined ? '' : ` (${reason})`}.`,
    {
      provider,
      retryable: true,
      cause: error,
      secrets: call.secrets?.(),
      hint: timedOut ? 'Try again later.' : 'Check the network, the proxy settings and the base URL.',
    },
  )
}

function causeCode(error: unknown): string | undefined {
  for (let at = error, depth = 0; isError(at) && depth < 4; at = at.cause, depth++) {
    const { code } = at as { code?: unknown }
    if (typeof code === 'string' && /^[A-Z_\d]+$/.test(code)) return code
  }
  return undefined
}

function redirectRefused(response: Response, { provider, method, url, secrets }: GuardedCall): RequestError {
  const location = response.headers.get('location')
  const origin =
    location !== null && URL.canParse(location, url.href) ? new URL(location, url.href).origin : 'null'
  const known = (secrets?.() ?? []).map(revealSecret)
  // A host is in lower case, and with it what a server hides in one.
  const masked = redact(origin, [...known, ...known.map((secret) => secret.toLowerCase())])
  const target = origin === 'null' ? 'another URL' : masked
  const problem = `${method} ${url.origin}${url.pathname} was redirected to ${target}.`
  return new RequestError('REDIRECT_REFUSED', problem, {
    provider,
    status: response.status,
    hint: 'Credentials never follow a redirect. Call the final URL directly, or set `baseUrl` to it.',
  })
}
