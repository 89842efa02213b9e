import { type ClockOption, createOriginClock, type OriginClock } from '../clock.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import { emit, type OnEvent } from '../events.ts'
import { toCacheKey } from './cache-key.ts'
import { createMemoryTokenStore } from './memory-token-store.ts'
import { passBy } from './pass-by.ts'
import { fromTokenRecord, type Token, tokenState, toTokenRecord } from './token.ts'
import type { TokenStore } from './token-store.ts'
import { untilAborted } from './until-aborted.ts'

/** What is known when a token has to be acquired. */
export interface AcquireContext {
  /** Epoch milliseconds, as the server counts them where that is known. */
  now: number
  /** Aborted when the exchange should end. */
  signal?: AbortSignal
}

/** Gets a new token; `previous` is the one it follows, with its refresh token, where there was one. */
export type AcquireToken = (previous: Token | undefined, context: AcquireContext) => Promise<Token>

/** Exchanges under way, by cache key: shared by sources that share a store. */
export type TokenFlights = Map<string, Promise<Token>>

/** Options of {@link createTokenSource}. */
export interface TokenSourceOptions {
  /** The provider's id, for events and errors. */
  id: string
  /** Every input that changes the token, secrets hashed before; the store sees a hash of it. */
  cacheKey?: (() => Promise<readonly string[]>) | undefined
  /** The origin whose clock judges the token. */
  origin: string
  tokenStore?: TokenStore | undefined
  clock?: ClockOption | OriginClock | undefined
  onEvent?: OnEvent | undefined
  /** `never` gives every request a token of its own. Default `until-expiry`. */
  reuse?: 'never' | 'until-expiry' | undefined
  /** Shared with the sources that use the same store, so that one exchange serves them all. */
  flights?: TokenFlights | undefined
}

/** Hands out one token until it must be renewed. */
export interface TokenSource {
  /** Whether one token serves many requests. */
  readonly reuse: boolean
  /** The token, when it can be used right now without waiting; begins a renewal when it is stale. */
  current(): Token | undefined
  /** A token that can be used: the current one, or the next as soon as it is there. */
  get(options?: { signal?: AbortSignal | null | undefined }): Promise<Token>
  /** A token other than the rejected one: the current one, when it has changed meanwhile, or a new one. */
  renew(rejected: Token, options?: { signal?: AbortSignal | null | undefined }): Promise<Token>
  /** Forgets the token, in the store too; the next call acquires another. */
  invalidate(): Promise<void>
}

/** How long a refresh token is kept after the access token ended: no provider says how long it lives. */
const refreshTokenMs = 30 * 24 * 3_600_000
/** After a renewal failed behind the callers, the next attempt waits this long. */
const renewalPauseMs = 5_000
const lockMs = 45_000
/** A store that takes longer than this is passed by. */
const storeMs = 5_000

/**
 * A source of tokens with a life: fresh ones are handed out, stale ones are handed out while one renewal
 * runs, expired ones are waited for. However many callers wait, one exchange runs; its failure is told to
 * all of them and kept for none.
 */
export function createTokenSource(acquire: AcquireToken, options: TokenSourceOptions): TokenSource {
  const { id, origin, onEvent, tokenStore: store = createMemoryTokenStore(), flights = new Map() } = options
  const clock = isOriginClock(options.clock) ? options.clock : createOriginClock(options.clock)
  const now = () => clock.now(origin)
  if (options.reuse === 'never') return createSingleUseSource(() => acquire(undefined, { now: now() }))
  let known: Token | undefined
  let rejectedValue: string | undefined
  let pauseUntil = 0
  let acquiredBefore = false
  let keyed: Promise<string> | undefined

  const { cacheKey = async () => [id, crypto.randomUUID()] } = options
  const key = () =>
    (keyed ??= toCacheKey(cacheKey()).catch((error: unknown) => {
      keyed = undefined
      throw error
    }))

  const usable = (token: Token | undefined): token is Token =>
    token !== undefined && token.value.reveal() !== rejectedValue && tokenState(token, now()) !== 'expired'

  const stored = async (name: string) => fromTokenRecord(await passBy(() => store.get(name), storeMs))

  async function exchange(name: string): Promise<Token> {
    const release = await passBy(
      () => store.lock?.(name, { ttlMs: lockMs }),
      lockMs,
      (unused) => unused?.(),
    )
    try {
      const previous = newest(await stored(name), known)
      if (previous !== undefined && usable(previous) && tokenState(previous, now()) === 'fresh')
        return previous
      const token = await acquire(previous, { now: now() })
      const lifeMs = Math.max(0, token.expiresAt - now())
      const ttlMs = token.refreshToken === undefined ? lifeMs : lifeMs + refreshTokenMs
      await passBy(() => store.set(name, toTokenRecord(token), { ttlMs }), storeMs)
      const type = previous === undefined && !acquiredBefore ? 'token.acquired' : 'token.renewed'
      acquiredBefore = true
      emit(onEvent, { type, provider: id, expiresAt: token.expiresAt })
      return token
    } finally {
      await passBy(() => release?.(), storeMs)
    }
  }

  async function renewed(): Promise<Token> {
    try {
      const name = await key()
      const flight = flights.get(name) ?? exchange(name).finally(() => flights.delete(name))
      flights.set(name, flight)
      const token = await flight
      rejectedValue = undefined
      known = token
      return token
    } catch (error) {
      const serving = usable(known)
      if (serving) pauseUntil = now() + renewalPauseMs
      const { code = 'UNEXPECTED', message = 'failed' } = CountersignError.isInstance(error) ? error : {}
      emit(onEvent, { type: 'token.failed', provider: id, code, message, serving })
      throw error
    }
  }

  let shared: Promise<Token> | undefined
  const renewOnce = () =>
    (shared ??= renewed().finally(() => {
      shared = undefined
    }))

  let searched: Promise<Token> | undefined
  const findOnce = () =>
    (searched ??= firstUsable().finally(() => {
      searched = undefined
    }))

  function current(): Token | undefined {
    if (!usable(known)) return undefined
    if (tokenState(known, now()) === 'stale' && now() >= pauseUntil) renewOnce().catch(() => undefined)
    return known
  }

  return {
    reuse: true,
    current,
    async get({ signal } = {}) {
      signal?.throwIfAborted()
      return current() ?? untilAborted(findOnce(), signal)
    },
    async renew(rejected, { signal } = {}) {
      const value = rejected.value.reveal()
      if (known?.value.reveal() === value) rejectedValue = value
      return current() ?? untilAborted(renewOnce(), signal)
    },
    async invalidate() {
      rejectedValue = known?.value.reveal() ?? rejectedValue
      known = undefined
      const name = await key()
      await passBy(() => store.delete(name), storeMs)
    },
  }

  /** What another process or an earlier run left in the store, else a new one. */
  async function firstUsable(): Promise<Token> {
    if (shared === undefined && known === undefined) {
      const left = await stored(await key())
      if (known === undefined && usable(left)) {
        known = left
        return current() ?? renewOnce()
      }
    }
    return current() ?? renewOnce()
  }
}

/** A source whose every token is new. */
function createSingleUseSource(acquire: () => Promise<Token>): TokenSource {
  const get: TokenSource['get'] = async ({ signal } = {}) => {
    signal?.throwIfAborted()
    return untilAborted(acquire(), signal)
  }
  return {
    reuse: false,
    current: () => undefined,
    get,
    renew: (_rejected, options) => get(options),
    invalidate: async () => undefined,
  }
}

function isOriginClock(clock: ClockOption | OriginClock | undefined): clock is OriginClock {
  return typeof clock === 'object' && 'learn' in clock
}

/** The one that was issued last: a store that could not be written to still holds an older one. */
function newest(stored: Token | undefined, known: Token | undefined): Token | undefined {
  if (stored === undefined || known === undefined) return stored ?? known
  return stored.issuedAt >= known.issuedAt ? stored : known
}
