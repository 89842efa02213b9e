import type { KyInstance } from 'ky'
import { type ClockOption, type OriginClock, toOriginClock } from '../base/clock.ts'
import { emit, type OnEvent } from '../base/events.ts'
import { Secret } from '../base/secret.ts'
import type { AuthContext } from '../http/auth-context.ts'
import { mergeHeaders } from '../http/authorization.ts'
import { type ApiOptions, createApi } from '../http/create-api.ts'
import { type Authorize, createSignedFetch } from '../http/fetch-signed.ts'
import { wireUrl } from '../http/fetch-target.ts'
import { createTokenFetch } from '../http/fetch-with-token.ts'
import { guardOrigin, guardScheme, parseUrl } from '../http/origin-guard.ts'
import { bodyUsed, readRequestBody } from '../http/read-body.ts'
import { type Token, toAuthorization } from '../token/token.ts'
import type { TokenSource } from '../token/token-source.ts'

/** Authentication to one provider with one set of credentials. */
export interface Auth {
  /** The provider's id. */
  readonly id: string
  /**
   * The request's headers with the `Authorization` that it needs, in the place of any other. The request's
   * body is left unread.
   *
   * @throws {RequestError} `ORIGIN_REFUSED` for an address that is not the provider's.
   */
  headers(request: Request): Promise<Headers>
  /**
   * `fetch` with fresh proof on every attempt. Resolves with whatever the provider answered.
   *
   * @throws {RequestError} `ORIGIN_REFUSED`, `REDIRECT_REFUSED`, `INSECURE_URL`, `NETWORK`, `TIMEOUT`.
   */
  fetch: typeof fetch
  /** A ky instance on that fetch, with the provider's base URL as prefix; throws `HTTP_STATUS` for refusals. */
  readonly api: KyInstance
  /** Forgets the token, where there is one, so that the next request gets another. */
  invalidate(): Promise<void>
}

/** Options of {@link createAuth}. */
export interface AuthOptions extends ApiOptions {
  /** Where the API is; its origin is the one that credentials go to. */
  baseUrl: string
  /** Further origins of the provider. */
  origins?: readonly string[] | undefined
  fetch?: typeof fetch | undefined
  /** The clock, shared with the token source so that both follow what is learned. */
  clock?: ClockOption | OriginClock | undefined
  onEvent?: OnEvent | undefined
  /** The largest body that is read to be signed. Default 64 MiB. */
  maxBodyBytes?: number | undefined
  /** Credentials to mask in errors. */
  secrets?: readonly (string | Secret)[] | undefined
}

const maxBodyBytesDefault = 64 * 1_048_576
const rememberedSecrets = 8
/** What a proof may say besides itself; masking it would make errors hard to read. */
const publicHeader = /^(?:accept|content-|date$|user-agent$)/

/**
 * Makes an {@link Auth} from a way to prove each request ({@link Authorize}) or from a {@link TokenSource}.
 * No I/O happens here.
 *
 * @throws {RequestError} `INSECURE_URL` for a base URL of plain http off loopback.
 */
export function createAuth(id: string, proof: Authorize | TokenSource, options: AuthOptions): Auth {
  return createAuthFamily(id, options)(proof)
}

/**
 * The same for many proofs at one provider, such as those of its tenants: each Auth is small, since all of
 * them share everything else.
 *
 * @throws {RequestError} `INSECURE_URL` for a base URL of plain http off loopback.
 */
export function createAuthFamily(id: string, options: AuthOptions): (proof: Authorize | TokenSource) => Auth {
  const { baseUrl, onEvent, maxBodyBytes = maxBodyBytesDefault } = options
  const base = parseUrl(baseUrl, id)
  guardScheme(base, id)
  const clock = toOriginClock(options.clock)
  const recent: Secret[] = []
  const context: AuthContext = {
    id,
    origins: new Set([base.origin, ...(options.origins ?? [])]),
    fetch: options.fetch,
    clock,
    clockOrigin: base.origin,
    onEvent,
    learnClock(url, refusal) {
      const offsetMs = clock.learn(base.origin, refusal.headers.get('date'))
      if (offsetMs !== undefined)
        emit(onEvent, { type: 'clock.adjusted', provider: id, origin: url.origin, offsetMs })
    },
    used({ value, refreshToken }) {
      if (!recent.includes(value)) remember(refreshToken === undefined ? [value] : [value, refreshToken])
    },
    proved: (proof) =>
      remember(
        [...proof]
          .filter(([name]) => !publicHeader.test(name))
          .map(([, text]) => new Secret(text.replace(/^[A-Za-z]+ /, ''))),
      ),
    secrets: () => [...recent, ...(options.secrets ?? [])],
  }
  function remember(secrets: readonly Secret[]): void {
    recent.unshift(...secrets)
    recent.length = Math.min(recent.length, rememberedSecrets)
  }
  const apis = new WeakMap<Auth, KyInstance>()
  // One getter for the family: an object with a getter of its own takes V8 half a kilobyte more.
  const shared = {
    get api(): KyInstance {
      const auth = this as unknown as Auth
      const api = apis.get(auth) ?? createApi(auth.fetch, base.href, context, options)
      apis.set(auth, api)
      return api
    },
  }
  return (proof) => {
    const own = {
      id,
      fetch:
        typeof proof === 'function'
          ? createSignedFetch(proof, context, maxBodyBytes)
          : createTokenFetch(proof, context),
      headers: (request: Request) => headersFor(proof, request),
      invalidate: typeof proof === 'function' ? async () => undefined : proof.invalidate,
    }
    return Object.assign(Object.create(shared) as typeof shared, own)
  }

  async function headersFor(proof: Authorize | TokenSource, request: Request): Promise<Headers> {
    const url = parseUrl(request.url, id)
    guardOrigin(url, context.origins, id)
    if (typeof proof !== 'function')
      return mergeHeaders(request.headers, [['authorization', toAuthorization(await usable(proof, request))]])
    const { method, headers } = request
    if (request.bodyUsed || request.body?.locked === true) throw bodyUsed(id)
    const body =
      request.body === null
        ? {}
        : { body: await readRequestBody(request.clone(), maxBodyBytes, id, request.signal) }
    const facts = new Request(wireUrl(url), { method, headers, ...body })
    return mergeHeaders(headers, await proof(facts, { now: clock.now(base.origin), attempt: 0 }))
  }

  async function usable(source: TokenSource, { signal }: Request): Promise<Token> {
    const token = source.current() ?? (await source.get({ signal }))
    context.used(token)
    return token
  }
}
