import type { Secret } from '../base/secret.ts'
import { untilAborted } from '../base/waiting.ts'
import { ConfigError } from '../errors/config-error.ts'
import { RequestError } from '../errors/request-error.ts'
import {
  bodyLength,
  bodyUsed,
  bufferBody,
  isForm,
  isReplayable,
  isStream,
  readStream,
  unsendable,
} from './body.ts'

/** One call of `fetch`, read once: what is judged here is what is sent. */
export interface OutgoingRequest {
  /** The URL on the wire: without fragment, and without an empty query. */
  readonly url: URL
  readonly href: string
  readonly method: string
  /** The caller's headers, from `init` or else from the Request. */
  readonly headers: HeadersInit | undefined
  readonly body: BodyInit | null | undefined
  /** The caller's own signal. */
  readonly signal: AbortSignal | undefined
  /** Everything else that the caller asks for, such as `cache` or `keepalive`. */
  readonly init: RequestInit
  /** The Request that was given. */
  readonly request: Request | undefined
}

/** Where credentials may go. */
export interface Destination {
  /** The provider's id. */
  id: string
  origins: ReadonlySet<string>
  /** Values to mask in errors. */
  secrets(): readonly (string | Secret)[]
  /** Headers of every call, where the caller sets no other value. */
  headers?: Readonly<Record<string, string>> | undefined
}

/**
 * Reads the arguments of a `fetch` call and checks that credentials may go there.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a URL that is not absolute, and for a request that cannot be sent.
 * @throws {RequestError} `ORIGIN_REFUSED`, `INSECURE_URL`.
 * @throws {SigningError} `BODY_NOT_REPLAYABLE` for a Request whose body was read.
 */
export function toOutgoingRequest(
  input: string | URL | Request,
  init: RequestInit = {},
  { id, origins, secrets, headers: defaults }: Destination,
): OutgoingRequest {
  const request = isRequest(input) ? input : undefined
  const url = parseUrl(request === undefined ? (input as string | URL) : urlOf(request), id)
  guardOrigin(url, { id, origins, secrets })
  if (url.hash !== '') url.hash = ''
  if (url.href.endsWith('?')) url.search = ''
  const signal = signalOf(input, init, id)
  signal?.throwIfAborted()
  const method = String(init.method ?? request?.method ?? 'GET').toUpperCase()
  if (!/^[!#$%&'*+.^_`|~\w-]+$/.test(method) || forbiddenMethods.has(method))
    throw unsendable(id, 'The request cannot be sent: its method is not valid.')
  const own = init.body === undefined || init.body === null ? request : undefined
  const body = own === undefined ? init.body : own.body
  if (own?.bodyUsed === true || (isStream(body) && body.locked)) throw bodyUsed(id)
  if ((method === 'GET' || method === 'HEAD') && body !== undefined && body !== null)
    throw unsendable(id, `A ${method} request must not have a body.`)
  const given = init.headers ?? request?.headers
  if (own === undefined) checkFormHeaders(body, given, id)
  return {
    url,
    href: url.href,
    method,
    headers: withDefaults(given, defaults, id),
    body,
    signal,
    init,
    request,
  }
}

function withDefaults(
  headers: HeadersInit | undefined,
  defaults: Destination['headers'],
  provider: string,
): HeadersInit | undefined {
  if (defaults === undefined) return headers
  const merged = toHeaders(headers, provider)
  for (const [name, value] of Object.entries(defaults)) if (!merged.has(name)) merged.set(name, value)
  return merged
}

/**
 * The caller's own signal: that of the options, where `null` means none, or else that of the Request.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for what is not a signal.
 */
export function signalOf(
  input: string | URL | Request,
  init: RequestInit | undefined,
  provider: string,
): AbortSignal | undefined {
  const given = init?.signal
  const signal = (given === undefined && isRequest(input) ? input.signal : given) ?? undefined
  if (signal === undefined || typeof signal.throwIfAborted === 'function') return signal
  throw unsendable(provider, 'The request cannot be sent: `signal` is not an AbortSignal.')
}

const forbiddenMethods = new Set(['CONNECT', 'TRACE', 'TRACK'])

/** The arguments of a `fetch` call with another origin in the address. */
export function atOrigin(
  input: string | URL | Request,
  init: RequestInit | undefined,
  { from, to }: { from: string; to: string },
): [string | URL | Request, RequestInit | undefined] {
  const request = isRequest(input) ? input : undefined
  const url = toUrl(request === undefined ? (input as string | URL) : urlOf(request))
  if (url === undefined || url.origin !== from) return [input, init]
  const moved = new URL(`${to}${url.pathname}${url.search}`)
  if (request === undefined) return [moved, init]
  // A Request that is collected no longer follows the signal that it was made with, so that goes along.
  const signal = init?.signal === undefined ? request.signal : init.signal
  return [new Request(moved, request), { ...init, signal }]
}

/** A Request of this platform, of another realm, or of another implementation. */
export function isRequest(input: unknown): input is Request {
  return typeof input === 'object' && input !== null && 'url' in input && !('href' in input)
}

/**
 * The address that the platform itself reads: a subclass may say another one. A Request of another
 * implementation never reaches the platform, so what it says is what is sent.
 */
function urlOf(request: Request): string {
  return isPlatformRequest(request) ? Reflect.get(Request.prototype, 'url', request) : request.url
}

/** Whether the platform's own `fetch` takes this object for a Request. */
export function isPlatformRequest(request: Request): boolean {
  try {
    return typeof Reflect.get(Request.prototype, 'url', request) === 'string'
  } catch {
    return false
  }
}

/**
 * The request with its body in memory, so that it can be signed: the same bytes are sent.
 *
 * @throws {SigningError} `BODY_TOO_LARGE`, `BODY_NOT_REPLAYABLE`, `SIGN_FAILED`.
 */
export async function bufferRequest(
  outgoing: OutgoingRequest,
  { maxBytes, provider }: { maxBytes: number; provider: string },
): Promise<OutgoingRequest & { headers: Headers }> {
  const { request, body, signal } = outgoing
  const headers = toHeaders(outgoing.headers, provider)
  const init = request === undefined ? outgoing.init : { ...requestSettings(request), ...outgoing.init }
  if (body === undefined || body === null) return { ...outgoing, headers, init, request: undefined }
  const { bytes, type } = await bufferBody(body, { maxBytes, provider, signal })
  if (type !== undefined && !headers.has('content-type')) headers.set('content-type', type)
  return { ...outgoing, headers, body: bytes, init: { ...init, body: bytes }, request: undefined }
}

/** How a body can be sent a second time. */
export interface BodyCopy {
  /** The body for another attempt; `undefined` when it went with the first. */
  body(signal: AbortSignal | undefined): Promise<{ body: BodyInit | null | undefined } | undefined>
  /** Stops copying. */
  discard(): void
}

/** The body of a Request is copied up to this size; what `init` holds needs no copy. */
const maxCopyBytes = 8 * 1_048_576

/** Copies a Request's own body while that is sent, up to a limit. */
export function keepBody({ request, init, body }: OutgoingRequest): BodyCopy {
  if (request === undefined || !isStream(request.body) || (init.body !== undefined && init.body !== null)) {
    const known = isReplayable(body) ? { body } : undefined
    return { body: async () => known, discard: () => undefined }
  }
  const end = new AbortController()
  const stream = request.clone().body
  const bytes = stream === null ? Promise.resolve(null) : readStream(stream, maxCopyBytes, end.signal)
  const copied = bytes.then((body) => ({ body })).catch(() => undefined)
  return { body: (signal) => untilAborted(copied, signal), discard: () => end.abort() }
}

/** The request for a second attempt; `undefined` when its body went with the first. */
export async function toReplay<Outgoing extends OutgoingRequest>(
  request: Outgoing,
  copy: BodyCopy,
): Promise<Outgoing | undefined> {
  const known = await copy.body(request.signal)
  return known === undefined ? undefined : { ...request, ...known, init: { ...request.init, ...known } }
}

/** A replay at the origin that the next token names, where that is a different one. */
export function replayAt(
  replay: OutgoingRequest,
  from: string | undefined,
  to: string | undefined,
): OutgoingRequest {
  const { url, request, init } = replay
  if (to === undefined || to === from || url.origin !== from) return replay
  const moved = new URL(`${to}${url.pathname}${url.search}`)
  const settings = request === undefined ? {} : requestSettings(request)
  return { ...replay, url: moved, href: moved.href, init: { ...settings, ...init }, request: undefined }
}

/** What a Request says besides URL, method, headers, body and signal. */
export function requestSettings(request: Request): RequestInit {
  const { cache, credentials, integrity, keepalive, mode, referrerPolicy } = request
  // A navigation, which a service worker hands on, cannot be made by `fetch`.
  const settings = { cache, credentials, integrity, keepalive, mode, referrerPolicy }
  return Object.fromEntries(
    Object.entries(settings).filter(
      ([, value]) => value !== undefined && value !== '' && value !== 'navigate',
    ),
  ) as RequestInit
}

/** Headers of one connection, which the platform sets: Node refuses them, browsers drop them. */
const connectionHeaders = ['expect', 'keep-alive', 'transfer-encoding', 'upgrade']
const checkedHeaders = [...connectionHeaders, 'connection', 'content-length']

/**
 * The caller's headers with the proof in place of any header of the same name: a plain object for a plain object,
 * Headers otherwise.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for headers that cannot be sent.
 */
export function withProof(
  { headers, body }: Pick<OutgoingRequest, 'headers' | 'body'>,
  proof: Readonly<Record<string, string>>,
  provider: string,
): HeadersInit {
  if (headers === undefined) return proof
  if (Object.getPrototypeOf(headers) !== Object.prototype) {
    const merged = toHeaders(headers, provider)
    for (const name of checkedHeaders) {
      const value = merged.get(name)
      if (value !== null) checkHeader(name, value, body, provider)
    }
    for (const name in proof) merged.set(name, proof[name] ?? '')
    return merged
  }
  const merged: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers as Record<string, string>)) {
    const lower = name.toLowerCase()
    checkHeader(lower, value, body, provider)
    if (!Object.hasOwn(proof, lower)) merged[name] = value
  }
  return Object.assign(merged, proof)
}

/**
 * A copy of the caller's headers.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for what is not a header.
 */
export function toHeaders(headers: HeadersInit | undefined, provider: string): Headers {
  try {
    return new Headers(headers)
  } catch (error) {
    throw unsendable(provider, 'The request cannot be sent: its headers are not valid.', error)
  }
}

/**
 * Checks one header against the body that it goes with.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a header of the connection and for a length that is not the body's.
 */
export function checkHeader(
  name: string,
  value: string,
  body: BodyInit | null | undefined,
  provider: string,
): void {
  if (name === 'content-length') {
    const length = bodyLength(body)
    const matches = length === undefined ? !isForm(body) : length === Number(value)
    if (/^\d+$/.test(value) && matches) return
    throw unsendable(provider, 'The `content-length` header does not match the body.')
  }
  if (connectionHeaders.includes(name) || (name === 'connection' && !/^(close|keep-alive)$/i.test(value)))
    throw unsendable(provider, `The \`${name}\` header cannot be set on a request.`)
}

/**
 * A form says its boundary in its `content-type`, and the platform chooses it.
 *
 * @throws {ConfigError} `CONFIG_INVALID` for a form with a `content-type` of the caller's own.
 */
export function checkFormHeaders(
  body: BodyInit | null | undefined,
  headers: HeadersInit | Readonly<Record<string, string | undefined>> | undefined,
  provider: string,
): void {
  if (headers === undefined || !isForm(body)) return
  // ky removes a header whose value is `undefined`.
  const isPlain = Object.getPrototypeOf(headers) === Object.prototype
  const entries = isPlain ? Object.entries(headers) : [...toHeaders(headers as HeadersInit, provider)]
  if (!entries.some(([name, value]) => value !== undefined && name.toLowerCase() === 'content-type')) return
  throw new ConfigError('A form cannot be sent with a `content-type` header of your own.', {
    provider,
    hint: 'Leave out the header. It is set for you, with the boundary of the form.',
  })
}

const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])$/

/**
 * The URL that an address means.
 *
 * @throws {ConfigError} `CONFIG_INVALID` when it is not absolute or carries a user name or password.
 */
export function parseUrl(input: string | URL, provider: string): URL {
  const url = toUrl(input)
  if (url !== undefined && url.username === '' && url.password === '') return url
  throw new ConfigError(
    `The URL ${url === undefined ? 'is not absolute' : 'contains a user name or password'}.`,
    { provider, hint: 'Pass an absolute URL of the provider to `fetch`, or a path to `api`.' },
  )
}

/** Read once: an object may say another address the second time, or nothing that is a text. */
export function toUrl(input: string | URL): URL | undefined {
  try {
    return new URL(input)
  } catch {
    return undefined
  }
}

/**
 * Whether a host can exist: messages show it, so a secret that was passed as an address must not get that far.
 * A name without a dot may have 20 characters, a label 63, and a top-level domain begins with a letter.
 */
export function isHostName(hostname: string): boolean {
  if (hostname.startsWith('[') || /^\d+\.\d+\.\d+\.\d+$/.test(hostname)) return true
  const labels = hostname.replace(/\.$/, '').split('.')
  const top = labels.at(-1) ?? ''
  if (labels.length === 1) return top.length <= 20
  return /^[a-z][a-z\d-]{1,23}$/.test(top) && labels.every(({ length }) => length > 0 && length <= 63)
}

/**
 * Lets credentials go to the provider's own origins, over https or loopback, and nowhere else.
 *
 * @throws {RequestError} `ORIGIN_REFUSED` or `INSECURE_URL`, before a byte leaves.
 */
function guardOrigin(url: URL, { id: provider, origins, secrets }: Omit<Destination, 'headers'>): void {
  if (!origins.has(url.origin)) {
    const isOwnHost = [...origins].some((own) => new URL(own).hostname === url.hostname)
    if (isOwnHost && url.protocol === 'http:') guardScheme(url, provider, secrets())
    // What cannot be a host may be a secret in the wrong place.
    const origin = isHostName(url.hostname) ? `The origin ${url.origin}` : 'The origin of the URL'
    throw new RequestError('ORIGIN_REFUSED', `${origin} does not belong to this provider.`, {
      provider,
      secrets: secrets(),
      hint: `Credentials are sent to ${[...origins].join(', ')} only. If the API is at a different URL, set \`baseUrl\`.`,
    })
  }
  guardScheme(url, provider, secrets())
}

/** Whether a URL leads to this computer. */
export function isLoopback({ hostname }: URL): boolean {
  return loopback.test(hostname)
}

/** Whether what is sent to a URL is encrypted on its way, or does not leave this computer. */
export function isProtected(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url))
}

/**
 * Allows https, and http on loopback.
 *
 * @throws {RequestError} `INSECURE_URL` for plain http off loopback.
 */
export function guardScheme(url: URL, provider: string, secrets?: readonly (string | Secret)[]): void {
  if (isProtected(url)) return
  throw new RequestError('INSECURE_URL', `A connection to ${url.origin} is not encrypted.`, {
    provider,
    secrets,
    hint: 'Use https. Plain http is allowed on loopback only.',
  })
}
