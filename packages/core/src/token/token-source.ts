import { sha256 } from '#sha256'
import { type ClockOption, type OriginClock, toOriginClock } from '../base/clock.ts'
import { toHex } from '../base/encoding.ts'
import { emit, type OnEvent } from '../base/events.ts'
import { bestEffort, untilAborted } from '../base/waiting.ts'
import { checkedTime } from '../errors/config-error.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import { createMemoryRecords } from './memory-store.ts'
import { fromTokenRecord, type Token, tokenState, toTokenRecord } from './token.ts'
import type { TokenStore } from './token-store.ts'

/** What is known when a token has to be acquired. */
export interface AcquireContext {
  /** Epoch milliseconds, as the server counts them where that is known. */
  now: number
  /** Aborted when the exchange should end. */
  signal?: AbortSignal
}

/** A token as its acquirer returns it; `issuedAt` is the time of asking when it is left out. */
export type AcquiredToken = Omit<Token, 'issuedAt'> & Partial<Pick<Token, 'issuedAt'>>

/** Gets a new token; `previous` is the one it follows, with its refresh token, where there was one. */
export type AcquireToken = (previous: Token | undefined, context: AcquireContext) => Promise<AcquiredToken>

/** Options of {@link createTokenSource}. */
export interface TokenSourceOptions {
  /** The provider's id, for events and errors. */
  id: string
  /** Every input that changes the token, secrets hashed before; the store sees a hash of it. */
  cacheKey?: (() => Promise<readonly string[]>) | undefined
  /** The origin whose clock judges the token. */
  origin: string
  /** Where tokens are kept. Default: in memory, for this source alone. */
  tokenStore?: TokenStore | undefined
  /** The source of the time, in epoch milliseconds. Default: the computer's clock. */
  clock?: ClockOption | OriginClock | undefined
  /** Receives events. */
  onEvent?: OnEvent | undefined
  /** `never` gives every request a token of its own. Default `until-expiry`. */
  reuse?: 'never' | 'until-expiry' | undefined
}

/** How a caller waits. */
export interface Waiting {
  /** Ends the wait with its reason; what is waited for goes on. */
  signal?: AbortSignal | null | undefined
}

/** Hands out one token until it must be renewed. */
export interface TokenSource {
  /** Whether one token serves many requests. */
  readonly reuse: boolean
  /** The token, when it can be used right now without waiting; begins a renewal when it is stale. */
  current(): Token | undefined
  /** A token that can be used: the current one, or the next as soon as it is there. */
  get(options?: Waiting): Promise<Token>
  /** Notes that the provider refused a token, so that the next call gets a different one. */
  refuse(rejected: Token): void
  /** A token other than the rejected one: the current one, when it has changed meanwhile, or a new one. */
  renew(rejected: Token, options?: Waiting): Promise<Token>
  /** Forgets the token, in the store too; the next call acquires another. */
  invalidate(): Promise<void>
}

/** How long a refresh token is kept after the access token ended: no provider says how long it lives. */
const refreshTokenMs = 30 * 24 * 3_600_000
/** After a renewal failed in the background, the next attempt waits this long. */
const renewalPauseMs = 5_000
/** A lock is given back after this, whatever became of its holder. */
const lockMs = 45_000
/** How long one operation of a store may take. */
const storeMs = 250

/**
 * A source of tokens with a life: fresh ones are handed out, stale ones are handed out while one renewal
 * runs, expired ones are waited for. However many callers wait, one exchange runs; its failure goes to all of
 * them and is not kept.
 *
 * @example
 * ```ts
 * import { createAuth, Secret } from '@countersign/core'
 * import { createTokenSource } from '@countersign/core/provider'
 *
 * const tokens = createTokenSource(
 *   async (_previous, { now }) => ({ value: new Secret('abc'), scheme: 'Bearer', expiresAt: now + 300_000 }),
 *   { id: 'acme', origin: 'https://api.acme.example' },
 * )
 * const auth = createAuth('acme', tokens, { baseUrl: 'https://api.acme.example/v1' })
 * ```
 */
export function createTokenSource(acquire: AcquireToken, options: TokenSourceOptions): TokenSource {
  const { cacheKey = async () => [options.id, crypto.randomUUID()] } = options
  return createTokenSourceFamily({
    ...options,
    acquire: (_tenant, ...given) => acquire(...given),
    cacheKey,
  })(undefined)
}

/** Options of {@link createTokenSourceFamily}. */
export interface TokenSourceFamilyOptions<Tenant> extends Omit<TokenSourceOptions, 'cacheKey'> {
  /** Gets a new token for one tenant. */
  acquire(tenant: Tenant, ...given: Parameters<AcquireToken>): Promise<AcquiredToken>
  /** Every input that changes the tenant's token, secrets hashed before. */
  cacheKey(tenant: Tenant): Promise<readonly string[]>
}

/** What one source remembers; everything else is shared by its family. */
interface SourceState<Tenant> {
  readonly tenant: Tenant
  key: string | Promise<string> | undefined
  known: Token | undefined
  refusedValue: string | undefined
  pauseUntil: number
}

/**
 * Sources that differ only in their tenant: they share options, store and functions, so that many thousand
 * tenants fit into memory. Sources of one family with the same cache key share one exchange.
 *
 * @example
 * ```ts
 * import { Secret } from '@countersign/core'
 * import { createTokenSourceFamily } from '@countersign/core/provider'
 *
 * const forTenant = createTokenSourceFamily<string>({
 *   id: 'acme',
 *   origin: 'https://api.acme.example',
 *   cacheKey: async (tenant) => ['acme', tenant],
 *   acquire: async (tenant, _previous, { now }) => ({
 *     value: new Secret(`token-of-${tenant}`),
 *     scheme: 'Bearer',
 *     expiresAt: now + 300_000,
 *   }),
 * })
 * const token = await forTenant('tenant-1').get()
 * ```
 */
export function createTokenSourceFamily<Tenant>(
  options: TokenSourceFamilyOptions<Tenant>,
): (tenant: Tenant) => TokenSource {
  const { id, origin, onEvent, tokenStore: store = createMemoryRecords() } = options
  const clock = toOriginClock(options.clock)
  const now = () => checkedTime(clock.now(origin), id)
  /** The only place where a shared wait lives, by cache key. */
  const inFlight = new Map<string, Promise<Token>>()

  const usable = ({ refusedValue }: SourceState<Tenant>, token: Token | undefined): token is Token =>
    token !== undefined && token.value.reveal() !== refusedValue && tokenState(token, now()) !== 'expired'

  const stored = async (key: string) => fromTokenRecord(await bestEffort(() => store.get(key), storeMs))

  async function acquire(tenant: Tenant, previous: Token | undefined): Promise<Token> {
    const issuedAt = now()
    const token = await options.acquire(tenant, previous, { now: issuedAt })
    return token.issuedAt === undefined ? { ...token, issuedAt } : (token as Token)
  }

  /** What another process left in the store, or else a new token. */
  async function next(state: SourceState<Tenant>, key: string): Promise<Token> {
    const left = state.known === undefined ? await stored(key) : undefined
    if (usable(state, left)) return left
    const release = await bestEffort(
      () => store.lock?.(key, { ttlMs: lockMs }),
      storeMs,
      (unused) => unused?.(),
    )
    try {
      const previous = newest(await stored(key), state.known)
      if (usable(state, previous) && tokenState(previous, now()) === 'fresh') return previous
      const token = await acquire(state.tenant, previous)
      const lifeMs = Math.max(0, token.expiresAt - now())
      const ttlMs = token.refreshToken === undefined ? lifeMs : lifeMs + refreshTokenMs
      await bestEffort(() => store.set(key, toTokenRecord(token), { ttlMs }), storeMs)
      const first = previous === undefined && state.refusedValue === undefined
      emit(onEvent, {
        type: first ? 'token.acquired' : 'token.renewed',
        provider: id,
        expiresAt: token.expiresAt,
      })
      return token
    } finally {
      await bestEffort(() => release?.(), storeMs)
    }
  }

  function failed(state: SourceState<Tenant>, error: unknown): void {
    const { code = 'UNEXPECTED', message = 'failed' } = CountersignError.isInstance(error) ? error : {}
    emit(onEvent, { type: 'token.failed', provider: id, code, message, serving: usable(state, state.known) })
  }

  async function keyOf(state: SourceState<Tenant>): Promise<string> {
    try {
      state.key ??= toCacheKey(options.cacheKey(state.tenant))
      state.key = await state.key
      return state.key
    } catch (error) {
      if (state.key !== undefined) failed(state, error)
      state.key = undefined
      throw error
    }
  }

  function begin(state: SourceState<Tenant>, key: string): Promise<Token> {
    const flight = next(state, key)
      .then(
        (token) => keep(state, token),
        (error) => {
          failed(state, error)
          throw error
        },
      )
      .finally(() => inFlight.delete(key))
    inFlight.set(key, flight)
    return flight
  }

  function keep(state: SourceState<Tenant>, token: Token): Token {
    state.refusedValue = undefined
    state.known = token
    return token
  }

  /** Joins what is in flight for this source's key, or begins it. */
  async function renewed(state: SourceState<Tenant>, key: string): Promise<Token> {
    try {
      const joined = await inFlight.get(key)
      if (joined !== undefined && joined.value.reveal() !== state.refusedValue) return keep(state, joined)
      // Another source found the token that this one was refused.
      return keep(state, await (inFlight.get(key) ?? begin(state, key)))
    } catch (error) {
      if (usable(state, state.known)) state.pauseUntil = now() + renewalPauseMs
      throw error
    }
  }

  function current(state: SourceState<Tenant>): Token | undefined {
    const { known, pauseUntil } = state
    if (!usable(state, known)) return undefined
    if (tokenState(known, now()) === 'stale' && now() >= pauseUntil) {
      keyOf(state)
        .then((key) => renewed(state, key))
        .catch(() => undefined)
    }
    return known
  }

  /** Waits for a token; a stale one out of the store is renewed at once. */
  async function found(state: SourceState<Tenant>): Promise<Token> {
    const key = await keyOf(state)
    const known = current(state)
    if (known !== undefined) return known
    const token = await renewed(state, key)
    return current(state) ?? token
  }

  async function get(state: SourceState<Tenant>, { signal }: Waiting = {}): Promise<Token> {
    signal?.throwIfAborted()
    return current(state) ?? untilAborted(found(state), signal)
  }

  function refuse(state: SourceState<Tenant>, rejected: Token): void {
    const value = rejected.value.reveal()
    if (state.known?.value.reveal() === value) state.refusedValue = value
  }

  async function renew(
    state: SourceState<Tenant>,
    rejected: Token,
    { signal }: Waiting = {},
  ): Promise<Token> {
    refuse(state, rejected)
    return current(state) ?? untilAborted(found(state), signal)
  }

  async function invalidate(state: SourceState<Tenant>): Promise<void> {
    state.refusedValue = state.known?.value.reveal() ?? state.refusedValue
    state.known = undefined
    const key = await keyOf(state)
    await bestEffort(() => store.delete(key), storeMs)
  }

  return (tenant) => {
    if (options.reuse === 'never') return createSingleUseSource(() => acquire(tenant, undefined))
    const state: SourceState<Tenant> = {
      tenant,
      key: undefined,
      known: undefined,
      refusedValue: undefined,
      pauseUntil: 0,
    }
    return {
      reuse: true,
      current: () => current(state),
      get: (waiting) => get(state, waiting),
      refuse: (rejected) => refuse(state, rejected),
      renew: (rejected, waiting) => renew(state, rejected, waiting),
      invalidate: () => invalidate(state),
    }
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
    refuse: () => undefined,
    renew: (_rejected, options) => get(options),
    invalidate: async () => undefined,
  }
}

/** The one that was issued last: a store that could not be written to still holds an older one. */
function newest(stored: Token | undefined, known: Token | undefined): Token | undefined {
  if (stored === undefined || known === undefined) return stored ?? known
  return stored.issuedAt >= known.issuedAt ? stored : known
}

/** The name under which a store keeps a token: a hash, so that it does not reveal whose token it is. */
export async function toCacheKey(parts: Promise<readonly string[]>): Promise<string> {
  return toHex(await sha256(new TextEncoder().encode(JSON.stringify(await parts))))
}
