import {
  type Auth,
  type AuthEvent,
  type AuthOptions,
  type Authorize,
  createAuth,
  type OnEvent,
  type TokenSource,
} from '@countersign/core'
import {
  createOriginClock,
  createTokenSource,
  exchangeToken,
  sha256,
  type TokenExchange,
  type TokenSourceOptions,
  toEvents,
} from '@countersign/core/provider'
import {
  createFixedClock,
  type FixedClock,
  type PlainAnswer,
  type RecordedRequest,
  type RecordingServer,
} from '@countersign/testing'

/** The origin of a server that is not the provider's. */
export const foreignUrl = 'https://elsewhere.example/path'

/** What a fake Auth is made from and what it did. */
export interface Fake {
  auth: Auth
  /** What the library did, in its order. */
  events: AuthEvent[]
  /** How each call of `fetch` and each token exchange ended. */
  ended: AuthEvent[]
  clock: FixedClock
}

export interface FakeSigner extends Fake {
  /** What each call of Authorize was told. */
  calls: {
    now: number
    attempt: number
    method: string
    url: string
    bodySha256: string
    type: string | null
  }[]
}

function sortEvents(): Pick<Fake, 'events' | 'ended'> & { onEvent: OnEvent } {
  const events: AuthEvent[] = []
  const ended: AuthEvent[] = []
  const isEnd = ({ type }: AuthEvent) => type === 'request.finished' || type === 'token.exchanged'
  const onEvent = toEvents((event) => void (isEnd(event) ? ended : events).push(event))
  return { events, ended, onEvent }
}

export async function hexSha256(bytes: Uint8Array): Promise<string> {
  return Buffer.from(await sha256(bytes)).toString('hex')
}

/** A provider that wants every request signed; the proof is a number that counts up. */
export function fakeSigner(baseUrl: string, options: Partial<AuthOptions> = {}): FakeSigner {
  const { onEvent, ...events } = sortEvents()
  const clock = createFixedClock()
  const calls: FakeSigner['calls'] = []
  const authorize: Authorize = async (request, { now, attempt }) => {
    const { method, url, headers, body } = request
    calls.push({
      now,
      attempt,
      method,
      url: url.href,
      bodySha256: await hexSha256(body),
      type: headers.get('content-type'),
    })
    return { authorization: `Proof ${calls.length}` }
  }
  const auth = createAuth('fake', authorize, {
    baseUrl,
    clock,
    onEvent,
    ...options,
  })
  return { auth, ...events, clock, calls }
}

export interface FakeClient extends Fake {
  tokens: TokenSource
}

export interface FakeClientOptions {
  source?: Partial<TokenSourceOptions>
  exchange?: Partial<TokenExchange>
  auth?: Partial<AuthOptions>
  clock?: FixedClock
}

/** A provider whose token endpoint is `/token` of the same server; each proof counts up and says its time. */
export function fakeClient(baseUrl: string, options: FakeClientOptions = {}): FakeClient {
  const { onEvent, ...events } = sortEvents()
  const { clock = createFixedClock() } = options
  const shared = createOriginClock(clock)
  let proofs = 0
  const tokens = createTokenSource(
    () =>
      exchangeToken({
        provider: 'fake',
        url: `${baseUrl}/token`,
        clock: shared,
        onEvent,
        fetch: options.auth?.fetch,
        readError: (body) => ({ code: (body as { error?: string } | undefined)?.error }),
        async build({ now }) {
          proofs += 1
          return {
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ proof: proofs, now }),
            secrets: [],
          }
        },
        response: {
          scheme: 'Bearer',
          expiry: { member: 'expires_in', form: 'seconds', documentedSeconds: 600 },
        },
        ...options.exchange,
      }),
    {
      id: 'fake',
      origin: new URL(baseUrl).origin,
      clock: shared,
      onEvent,
      random: () => 0,
      ...options.source,
    },
  )
  const auth = createAuth('fake', tokens, { baseUrl, clock: shared, onEvent, ...options.auth })
  return { auth, ...events, clock, tokens }
}

/** The answer of a token endpoint. */
export function tokenResponse(value: string, more: Record<string, unknown> = {}): PlainAnswer {
  return { body: JSON.stringify({ access_token: value, token_type: 'Bearer', expires_in: 600, ...more }) }
}

/** Answers `/token` with numbered tokens, or a refusal, and the rest as told. */
export function numberedTokens(
  api: (request: RecordedRequest) => PlainAnswer | Promise<PlainAnswer> = () => ({}),
  life = 600,
  refusal: () => PlainAnswer | undefined = () => undefined,
): (request: RecordedRequest) => PlainAnswer | Promise<PlainAnswer> {
  let count = 0
  return (request) => {
    if (!request.target.endsWith('/token')) return api(request)
    count += 1
    return refusal() ?? tokenResponse(`access-token-${count}`, { expires_in: life })
  }
}

/** The requests at the token endpoint, and the others. */
export function sorted(server: RecordingServer): { token: RecordedRequest[]; api: RecordedRequest[] } {
  const isToken = ({ target }: RecordedRequest) => target.endsWith('/token')
  return { token: server.requests.filter(isToken), api: server.requests.filter((one) => !isToken(one)) }
}

/** What a promise rejects with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return error
  }
  throw new Error('nothing failed')
}

/** An outcome that is given later. */
export function deferred<Value = void>(): PromiseWithResolvers<Value> {
  return Promise.withResolvers<Value>()
}
