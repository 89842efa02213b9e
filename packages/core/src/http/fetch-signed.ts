import { emit } from '../base/events.ts'
import type { AuthContext } from './auth-context.ts'
import { mergeHeaders } from './authorization.ts'
import { type FetchTarget, toFetchTarget, toRequest, wireUrl } from './fetch-target.ts'
import { guardedFetch } from './guarded-fetch.ts'
import { guardOrigin } from './origin-guard.ts'
import { readRequestBody } from './read-body.ts'

/** What is known when a request is authorised. */
export interface AuthorizeContext {
  /** Epoch milliseconds, as the server counts them where that is known. */
  now: number
  /** 0 for the first time that a request is sent, 1 for its replay. */
  attempt: number
}

/**
 * Makes the headers that prove one request. The Request is a copy whose body may be read; its URL is the
 * one on the wire.
 */
export type Authorize = (request: Request, context: AuthorizeContext) => Promise<Headers>

/**
 * A `fetch` that proves every request by itself, over the bytes that are sent. A 401 is signed again only
 * when the clock was off when it was signed.
 */
export function createSignedFetch(
  authorize: Authorize,
  context: AuthContext,
  maxBodyBytes: number,
): typeof fetch {
  const { id, origins, onEvent, clock, clockOrigin } = context
  return async (input, init) => {
    const target = toFetchTarget(input, init, id)
    guardOrigin(target.url, origins, id)
    const { url, method } = target
    const parcel = await pack(target)
    const offset = clock.offset(clockOrigin)
    const response = await send(target, parcel, 0)
    if (response.status !== 401) return response
    context.learnClock(url, response)
    if (clock.offset(clockOrigin) === offset) return response
    response.body?.cancel().catch(() => undefined)
    emit(onEvent, { type: 'request.replayed', provider: id, method, origin: url.origin, reason: 'clock' })
    return send(target, parcel, 1)
  }

  async function pack(target: FetchTarget): Promise<Parcel> {
    const given = toRequest(target, id)
    const bytes = await readRequestBody(given, maxBodyBytes, id, target.signal)
    return given.body === null ? { headers: given.headers } : { headers: given.headers, body: bytes }
  }

  async function send(target: FetchTarget, parcel: Parcel, attempt: number): Promise<Response> {
    const { url, method, signal, init, request } = target
    const href = wireUrl(url)
    const proof = await authorize(new Request(href, { method, ...parcel }), {
      now: clock.now(clockOrigin),
      attempt,
    })
    context.proved(proof)
    signal?.throwIfAborted()
    emit(onEvent, { type: 'request.signed', provider: id, method, origin: url.origin, attempt })
    const { body: _body, ...rest } = init
    const sent: RequestInit = {
      ...carriedOver(request),
      ...rest,
      method,
      ...parcel,
      headers: mergeHeaders(parcel.headers, proof),
    }
    if (signal !== undefined) sent.signal = signal
    return guardedFetch(href, sent, {
      provider: id,
      fetch: context.fetch,
      url,
      method,
      secrets: context.secrets,
    })
  }
}

/** What goes over the wire besides the proof. */
interface Parcel {
  headers: Headers
  body?: Uint8Array<ArrayBuffer>
}

/** What a Request says besides URL, method, headers, body and signal. */
function carriedOver(request: Request | undefined): RequestInit {
  if (request === undefined) return {}
  const { cache, credentials, integrity, keepalive, mode, referrerPolicy } = request
  // A navigation, which a service worker hands on, cannot be made by `fetch`.
  const carried = mode === 'navigate' ? undefined : mode
  const known = { cache, credentials, integrity, keepalive, mode: carried, referrerPolicy }
  return Object.fromEntries(
    Object.entries(known).filter(([, value]) => value !== undefined && value !== ''),
  ) as RequestInit
}
