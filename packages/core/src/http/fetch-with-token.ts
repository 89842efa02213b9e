import { emit } from '../base/events.ts'
import { type Token, toAuthorization } from '../token/token.ts'
import type { TokenSource } from '../token/token-source.ts'
import type { AuthContext } from './auth-context.ts'
import { withAuthorization } from './authorization.ts'
import { type FetchTarget, toFetchTarget, toRequest, unsendable } from './fetch-target.ts'
import { type GuardedCall, guardedFetch } from './guarded-fetch.ts'
import { guardOrigin } from './origin-guard.ts'

/**
 * A `fetch` whose calls carry the source's token. A 401 renews the token once and sends the request once
 * more, when its body can be sent twice; where every request has a token of its own, only when the clock
 * was off.
 */
export function createTokenFetch(source: TokenSource, context: AuthContext): typeof fetch {
  return async (input, init) => {
    const { id, origins, onEvent, clock, clockOrigin } = context
    const target = toFetchTarget(input, init, id)
    guardOrigin(target.url, origins, id)
    const { url, method, signal } = target
    const token = source.current() ?? (await source.get({ signal }))
    const offset = clock.offset(clockOrigin)
    const replay = prepareReplay(target)
    const again = () => clock.offset(clockOrigin) !== offset || source.reuse
    const send = (request: Request | undefined, proof: Token, attempt: number) =>
      sendWith(target, { source, context, request, token: proof, attempt })
    let replayed = false
    try {
      const response = await send(target.request, token, 0)
      if (response.status !== 401) return response
      context.learnClock(url, response)
      if (replay === undefined || !again()) return response
      response.body?.cancel().catch(() => undefined)
      const next = await source.renew(token, { signal })
      const reason = source.reuse ? 'token' : 'clock'
      emit(onEvent, { type: 'request.replayed', provider: id, method, origin: url.origin, reason })
      replayed = true
      return await send(replay.request, next, 1)
    } finally {
      if (!replayed) replay?.discard()
    }
  }
}

/** What one attempt is made with. */
interface Attempt {
  source: TokenSource
  context: AuthContext
  request: Request | undefined
  token: Token
  attempt: number
}

async function sendWith(target: FetchTarget, given: Attempt): Promise<Response> {
  const { source, context, request, token, attempt } = given
  const { id, onEvent } = context
  const { url, method, signal, init } = target
  const headers = authorizedHeaders(target, toAuthorization(token), id)
  const sent: RequestInit = signal === undefined ? { ...init, headers } : { ...init, headers, signal }
  context.used(token)
  if (!source.reuse)
    emit(onEvent, { type: 'request.signed', provider: id, method, origin: url.origin, attempt })
  const check = request === undefined && isReplayable(init.body) ? () => toRequest(target, id) : undefined
  const call: GuardedCall = {
    provider: id,
    fetch: context.fetch,
    url,
    method,
    secrets: () => [token.value, ...context.secrets()],
    check,
  }
  return guardedFetch(request ?? url.href, sent, call)
}

/**
 * @throws {ConfigError} `CONFIG_INVALID` for headers that are none.
 */
function authorizedHeaders({ init, request }: FetchTarget, authorization: string, id: string): HeadersInit {
  try {
    return withAuthorization(init.headers ?? request?.headers, authorization)
  } catch (error) {
    throw unsendable(error, id)
  }
}

/** How to send a request a second time, or `undefined` when its body goes with the first. */
function prepareReplay({
  request,
  init,
}: FetchTarget): { request: Request | undefined; discard(): void } | undefined {
  if (!isReplayable(init.body)) return undefined
  if (request === undefined || request.body === null || (init.body !== undefined && init.body !== null)) {
    return { request, discard: () => undefined }
  }
  const spare = request.clone()
  return { request: spare, discard: () => void spare.body?.cancel().catch(() => undefined) }
}

const replayable = /^\[object (ArrayBuffer|SharedArrayBuffer|Blob|File|FormData|URLSearchParams)\]$/

/** A stream or an iterator is gone once it was sent; everything else that fetch takes can be sent again. */
function isReplayable(body: BodyInit | null | undefined): boolean {
  if (body === undefined || body === null || typeof body === 'string' || ArrayBuffer.isView(body)) return true
  return replayable.test(Object.prototype.toString.call(body))
}
