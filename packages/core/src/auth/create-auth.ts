import type { KyInstance } from 'ky'
import { toOriginClock } from '../base/clock.ts'
import { elapsedMs, emit, eventsOf, type Observable, toEvents } from '../base/events.ts'
import { Secret } from '../base/secret.ts'
import { ConfigError, checkedTime } from '../errors/config-error.ts'
import { failureCode } from '../errors/countersign-error.ts'
import { createApi } from '../http/api.ts'
import {
  atOrigin,
  type BodyCopy,
  bufferRequest,
  guardScheme,
  isRequest,
  keepBody,
  type OutgoingRequest,
  parseUrl,
  replayAt,
  signalOf,
  toHeaders,
  toOutgoingRequest,
  toReplay,
  withProof,
} from '../http/request.ts'
import { sendRequest } from '../http/send.ts'
import { type Token, toAuthorization } from '../token/token.ts'
import type { TokenSource } from '../token/token-source.ts'
import { type AuthOptions, checkArguments, checkProof, isPlainObject } from './auth-options.ts'
import { createStandOff } from './stand-off.ts'

/** Authentication to one provider with one set of credentials. */
export interface Auth {
  /** The provider's id. */
  readonly id: string
  /**
   * The request's headers with the `Authorization` that it needs, in place of any other. The request's body
   * is left unread.
   *
   * @throws {RequestError} `ORIGIN_REFUSED` for an address that is not the provider's.
   */
  headers(request: Request): Promise<Headers>
  /**
   * `fetch` with fresh proof on every attempt. Resolves with the provider's response, whatever its status.
   * A stream that is not signed is sent as it comes; with `api`, only when its `retry` is 0. The error of a stream
   * that fails reaches the caller unchanged.
   *
   * @throws {RequestError} `ORIGIN_REFUSED`, `REDIRECT_REFUSED`, `INSECURE_URL`, `NETWORK`, `TIMEOUT`.
   */
  fetch: typeof fetch
  /**
   * A ky instance that uses this fetch, with the provider's base URL as prefix; throws `HTTP_STATUS` for refusals.
   * A stream in `body` is sent once, unless the call itself sets `retry`: ky keeps a copy for each retry.
   */
  readonly api: KyInstance
  /** Forgets the token, where there is one, so that the next request gets another. */
  invalidate(): Promise<void>
}

/** An {@link Auth} that proves itself with a token. */
export interface TokenAuth extends Auth {
  /** The token, acquired when there is none that can be used. */
  token(options?: { signal?: AbortSignal }): Promise<Token>
}

/** What one request is, for {@link Authorize}. */
export interface RequestToAuthorize {
  /** In upper case. */
  readonly method: string
  /** As on the wire. */
  readonly url: URL
  /** The headers that are sent, without the proof. */
  readonly headers: Headers
  /** The bytes that are sent; empty without a body, and with `signsBody: false`. */
  readonly body: Uint8Array
}

/** What is known when a request is authorised. */
export interface AuthorizeContext {
  /** Epoch milliseconds, as the server counts them where that is known. */
  now: number
  /** 0 for the first time that a request is sent, 1 for its replay. */
  attempt: number
}

/** Signs one request: resolves with the headers, in lower case, that prove it. */
export type Authorize = (
  request: RequestToAuthorize,
  context: AuthorizeContext,
) => Promise<Record<string, string>>

const maxBodyBytesDefault = 64 * 1_048_576
const rememberedSecrets = 8
/** What a proof may say besides itself; masking it would make errors hard to read. */
const publicHeader = /^(?:accept|content-|date$|user-agent$)/

/**
 * Makes an {@link Auth} from a way to prove each request ({@link Authorize}) or from a {@link TokenSource}.
 * No I/O happens here.
 *
 * @example
 * ```ts
 * import { createAuth } from '@countersign/core'
 *
 * const authorize = async () => ({ 'x-api-key': 'example' })
 * const example = createAuth('example', authorize, { baseUrl: 'https://api.example.com/v1' })
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an argument or option that is missing, unknown or of the wrong type.
 * @throws {RequestError} `INSECURE_URL` for a base URL of plain http off loopback.
 */
export function createAuth(id: string, proof: Authorize, options: AuthOptions): Auth
export function createAuth(id: string, proof: TokenSource, options: AuthOptions): TokenAuth
export function createAuth(id: string, proof: Authorize | TokenSource, options: AuthOptions): Auth {
  return createAuthFamily(id, options)(proof as TokenSource)
}

/** Makes one Auth of a family: one that has a token when its proof is a {@link TokenSource}. */
export interface AuthFamily {
  (proof: Authorize): Auth
  (proof: TokenSource): TokenAuth
}

/**
 * The same for many proofs at one provider, such as those of its tenants: each Auth is small, since all of
 * them share everything else.
 *
 * @example
 * ```ts
 * import { createAuthFamily } from '@countersign/core/provider'
 *
 * const forKey = createAuthFamily('acme', { baseUrl: 'https://api.acme.example/v1' })
 * const first = forKey(async () => ({ 'x-api-key': 'first' }))
 * const second = forKey(async () => ({ 'x-api-key': 'second' }))
 * ```
 *
 * @throws {ConfigError} `CONFIG_INVALID` for an argument or option that is missing, unknown or of the wrong type.
 * @throws {RequestError} `INSECURE_URL` for a base URL of plain http off loopback.
 */
export function createAuthFamily(id: string, options: AuthOptions): AuthFamily {
  checkArguments(id, options)
  const { baseUrl, maxBodyBytes = maxBodyBytesDefault, signsBody = true } = options
  const onEvent = toEvents(options.onEvent)
  const own = [onEvent]
  /** A token source of the caller's own may have another listener, or none. One list serves all tenants. */
  const observed = ({ [eventsOf]: others = own }: Observable) =>
    others.every((events) => events === onEvent) ? own : [...new Set([onEvent, ...others])]
  const base = parseBase(baseUrl, id)
  guardScheme(base, id, options.secrets)
  const clock = toOriginClock(options.clock)
  const now = () => checkedTime(clock.now(base.origin), id)
  const offset = () => clock.offset(base.origin)
  const standOff = createStandOff({ localNow: () => now() - offset(), offset })
  const recent: Secret[] = []
  const secrets = () => [...recent, ...(options.secrets ?? [])]
  const destination = {
    id,
    origins: new Set([base.origin, ...(options.origins ?? [])]),
    secrets,
    headers: options.headers,
  }
  const apiContext = { id, base, clock, secrets, onEvent }
  const apis = new WeakMap<Auth, KyInstance>()
  // One getter for the family, defined on each object itself so that a copy by spreading has it too.
  const api = {
    enumerable: true,
    configurable: true,
    get(this: Auth): KyInstance {
      const known = apis.get(this) ?? createApi(this.fetch, apiContext, options)
      apis.set(this, known)
      return known
    },
  }
  return ((proof: Authorize | TokenSource) => {
    checkProof(proof, id)
    const auth =
      typeof proof === 'function'
        ? {
            id,
            [eventsOf]: own,
            fetch: reported(signedFetch(proof)),
            headers: (request: Request) => signedHeaders(proof, request),
            invalidate: async () => undefined,
          }
        : {
            id,
            [eventsOf]: observed(proof as Observable),
            fetch: reported(tokenFetch(proof)),
            headers: (request: Request) => tokenHeaders(proof, request),
            invalidate: proof.invalidate,
            token: proof.get,
          }
    return Object.defineProperty(auth, 'api', api)
  }) as unknown as AuthFamily

  /** A fetch that emits `request.finished`, and costs nothing while nobody listens. */
  function reported(send: Send): typeof fetch {
    return (input, given) => {
      // The platform takes `null` for no options.
      const init = given ?? undefined
      return onEvent.listeners.size === 0 ? send(input, init, undefined) : sendReported(send, input, init)
    }
  }

  async function sendReported(send: Send, ...[input, init]: Parameters<typeof fetch>): Promise<Response> {
    const start = performance.now()
    const call: CallFacts = {}
    const finished = (outcome: { status: number } | { code: string }) => {
      const { request, tokenLifeMs } = call
      if (request === undefined) return
      const { method, url } = request
      const event = { provider: id, method, origin: url.origin, ...outcome, durationMs: elapsedMs(start) }
      emit(onEvent, {
        type: 'request.finished',
        ...event,
        ...(tokenLifeMs === undefined ? {} : { tokenLifeMs }),
      })
    }
    try {
      const response = await send(input, init, call)
      finished({ status: response.status })
      return response
    } catch (error) {
      finished({ code: call.request?.signal?.aborted === true ? 'ABORTED' : failureCode(error) })
      throw error
    }
  }

  // Each request is signed.

  function signedFetch(authorize: Authorize): Send {
    return async (input, init, call) => {
      const outgoing = toOutgoingRequest(input, init, destination)
      if (call !== undefined) call.request = outgoing
      const request = await prepare(outgoing)
      const copy = keepBody(request)
      try {
        const before = offset()
        const response = await sendSigned(authorize, request, copy, 0)
        if (response.status !== 401) return response
        learnClock(request.url, response)
        const replay = offset() === before ? undefined : await toReplay(request, copy)
        if (replay === undefined) return response
        response.body?.cancel().catch(() => undefined)
        replayed(request, 'clock')
        return await sendSigned(authorize, replay, copy, 1)
      } finally {
        copy.discard()
      }
    }
  }

  async function signedHeaders(authorize: Authorize, given: Request): Promise<Headers> {
    const hasBody = isRequest(given) && given.body !== null && !given.bodyUsed && !given.body?.locked
    const unread = signsBody && hasBody ? given.clone() : given
    const request = await prepare({ ...toOutgoingRequest(unread, {}, destination), request: undefined })
    const proof = toProof(await authorize(toSignable(request), { now: now(), attempt: 0 }), id)
    return withProof(request, proof, id) as Headers
  }

  /** What `headers` and `fetch` do first. */
  async function prepare(request: OutgoingRequest): Promise<SignableRequest> {
    if (signsBody) return bufferRequest(request, { maxBytes: maxBodyBytes, provider: id })
    return { ...request, headers: toHeaders(request.headers, id) }
  }

  async function sendSigned(
    authorize: Authorize,
    request: SignableRequest,
    copy: BodyCopy,
    attempt: number,
  ): Promise<Response> {
    const { url, method, signal } = request
    const proof = toProof(await authorize(toSignable(request), { now: now(), attempt }), id)
    remember(
      Object.entries(proof)
        .filter(([name]) => !publicHeader.test(name))
        .map(([, text]) => new Secret(text.replace(/^[A-Za-z]+ /, ''))),
    )
    signal?.throwIfAborted()
    emit(onEvent, { type: 'request.signed', provider: id, method, origin: url.origin, attempt })
    return sendRequest(request, copy, withProof(request, proof, id), {
      provider: id,
      fetch: options.fetch,
      secrets,
    })
  }

  // One token serves many requests.

  function tokenFetch(source: TokenSource): Send {
    return async (input, init, call) => {
      // Read before the token is made: another call may teach the clock while this one is under way.
      const before = offset()
      const { request, token } = await withToken(source, input, init, call)
      const { url, signal } = request
      const copy = keepBody(request)
      try {
        const response = await sendWithToken(source, request, copy, token, 0, call)
        if (response.status !== 401) return response
        learnClock(url, response)
        if (!source.reuse && offset() === before) return response
        if (standOff.holds(token)) return response
        const replay = await toReplay(request, copy)
        if (replay === undefined) {
          if (standOff.holds(source)) return response
          standOff.begin(source)
          source.refuse(token)
          return response
        }
        response.body?.cancel().catch(() => undefined)
        const next = await source.renew(token, { signal })
        replayed(request, source.reuse ? 'token' : 'clock')
        const again = replayAt(replay, token.origin, next.origin)
        const answer = await sendWithToken(source, again, copy, next, 1, call)
        if (answer.status === 401) standOff.begin(next)
        return answer
      } finally {
        copy.discard()
      }
    }
  }

  async function tokenHeaders(source: TokenSource, given: Request): Promise<Headers> {
    const { request, token } = await withToken(source, given, {})
    used(token)
    return new Headers(withProof(request, { authorization: toAuthorization(token) }, id))
  }

  /** A request and the token that it needs; where the token names the origin, the token is needed first. */
  async function withToken(
    source: TokenSource,
    input: string | URL | Request,
    init: RequestInit | undefined,
    call?: CallFacts,
  ): Promise<{ request: OutgoingRequest; token: Token }> {
    if (options.originFromToken !== true) {
      const request = toOutgoingRequest(input, init, destination)
      if (call !== undefined) call.request = request
      const { signal } = request
      return { request, token: source.current() ?? (await source.get({ signal })) }
    }
    const signal = signalOf(input, init, id)
    const token = source.current() ?? (await source.get({ signal }))
    const { origin = base.origin } = token
    const origins = new Set([origin, ...(options.origins ?? [])])
    const moved = atOrigin(input, init, { from: base.origin, to: origin })
    const request = toOutgoingRequest(...moved, { ...destination, origins })
    if (call !== undefined) call.request = request
    return { request, token }
  }

  async function sendWithToken(
    source: TokenSource,
    request: OutgoingRequest,
    copy: BodyCopy,
    token: Token,
    attempt: number,
    call: CallFacts | undefined,
  ): Promise<Response> {
    const { url, method } = request
    used(token)
    if (call !== undefined) call.tokenLifeMs = token.expiresAt - now()
    if (!source.reuse)
      emit(onEvent, { type: 'request.signed', provider: id, method, origin: url.origin, attempt })
    return sendRequest(request, copy, withProof(request, { authorization: toAuthorization(token) }, id), {
      provider: id,
      fetch: options.fetch,
      secrets: () => [token.value, ...secrets()],
    })
  }

  function learnClock(url: URL, refusal: Response): void {
    const offsetMs = clock.learn(base.origin, refusal.headers.get('date'))
    if (offsetMs !== undefined)
      emit(onEvent, { type: 'clock.adjusted', provider: id, origin: url.origin, offsetMs })
  }

  function replayed({ method, url }: OutgoingRequest, reason: 'token' | 'clock'): void {
    emit(onEvent, { type: 'request.replayed', provider: id, method, origin: url.origin, reason })
  }

  function used({ value, refreshToken }: Token): void {
    if (!recent.includes(value)) remember(refreshToken === undefined ? [value] : [value, refreshToken])
  }

  /** Remembers credentials for as long as a response may echo them. */
  function remember(credentials: readonly Secret[]): void {
    recent.unshift(...credentials)
    recent.length = Math.min(recent.length, rememberedSecrets)
  }
}

/** The base URL; one with a query would take each path for a part of it. */
function parseBase(baseUrl: string, provider: string): URL {
  const base = parseUrl(baseUrl, provider)
  if (base.search !== '' || base.hash !== '')
    throw new ConfigError('`baseUrl` has a query or a fragment.', {
      provider,
      hint: 'Leave it out, and pass `searchParams` with each call.',
    })
  // Empty ones leave their signs.
  base.search = ''
  base.hash = ''
  return base
}

/** What `request.finished` says about a call besides its outcome. */
interface CallFacts {
  request?: OutgoingRequest
  tokenLifeMs?: number
}

/** `fetch`, filling in the facts of a call while someone listens. */
type Send = (
  input: RequestInfo | URL,
  init: RequestInit | undefined,
  call: CallFacts | undefined,
) => Promise<Response>

type SignableRequest = OutgoingRequest & { readonly headers: Headers }

const noBytes = new Uint8Array()

function toSignable({ method, href, headers, body }: SignableRequest): RequestToAuthorize {
  return { method, url: new URL(href), headers, body: body instanceof Uint8Array ? body : noBytes }
}

/** What {@link Authorize} resolved with, in lower case; code without types may return anything. */
function toProof(given: unknown, provider: string): Record<string, string> {
  const invalid = (problem: string) =>
    new ConfigError(problem, {
      provider,
      hint: "Return an object of header names and their values, such as `{ 'x-api-key': key }`.",
    })
  if (!isPlainObject(given)) throw invalid('`authorize` did not return a plain object of headers.')
  const proof: Record<string, string> = {}
  for (const [name, value] of Object.entries(given)) {
    if (!headerName.test(name)) throw invalid('`authorize` returned a name that a header cannot have.')
    if (typeof value !== 'string')
      throw invalid(`The value of \`${name}\` that \`authorize\` returned is not a string.`)
    if (!headerValue.test(value))
      throw invalid(
        `The value of \`${name}\` that \`authorize\` returned contains a character that a header cannot have, such as a line break.`,
      )
    proof[name.toLowerCase()] = value
  }
  return proof
}

const headerName = /^[!#$%&'*+.^_`|~\w-]+$/
/** Visible characters, spaces and tabs (RFC 9110, section 5.5). */
const headerValue = /^[\t\x20-\x7e\x80-\xff]*$/
