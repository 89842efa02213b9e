import { sha256 } from '#sha256'
import { type ClockOption, type OriginClock, toOriginClock } from '../base/clock.ts'
import { toHex } from '../base/encoding.ts'
import { emit, eventsOf, type Observable, type OnEvent, toEvents } from '../base/events.ts'
import { untilAborted, within } from '../base/waiting.ts'
import { ConfigError, checkedTime } from '../errors/config-error.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import { type CoordinatedTokenStore, isCoordinated } from './coordinated-store.ts'
import { createStoreGuard, storeMs } from './guarded-store.ts'
import { createInFlight } from './in-flight.ts'
import { createMemoryRecords } from './memory-store.ts'
import { isRefusal, type RememberedRefusal, refusalMs, toRefusalError, toSharedRefusal } from './refusal.ts'
import { type Renewal, renewWithStore } from './renewal.ts'
import {
  type AcquiredToken,
  checkAcquired,
  hasExpired,
  type KnownToken,
  type Token,
  tokenState,
  tokenThresholds,
  withoutRefreshToken,
} from './token.ts'
import type { TokenStore } from './token-store.ts'

/** What is known when a token has to be acquired. */
export interface AcquireContext {
  /** Epoch milliseconds, as the server counts them where that is known. */
  now: number
  /** Aborted when the exchange should end. */
  signal?: AbortSignal
}

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
  /**
   * Receives the work of each exchange, which never rejects, where a runtime must be told what a request leaves
   * running: `ctx.waitUntil` of Workers, `after` of Next.js.
   */
  background?: ((work: Promise<unknown>) => void) | undefined
  /**
   * Codes of the provider that mean the same as `invalid_client` and `unauthorized_client`: such a refusal is
   * remembered for 5 s, and calls in that time throw it again.
   */
  refusalCodes?: readonly string[] | undefined
  /** From 0 to below 1: moves the time at which a token is stale. Default `Math.random`; for tests. */
  random?: (() => number) | undefined
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

/** After a renewal failed in the background, the next attempt waits this long. */
const renewalPauseMs = 5_000

/**
 * A source of tokens with a life: fresh ones are handed out, stale ones are handed out while one renewal
 * runs, expired ones are waited for. However many callers wait, one exchange runs; its failure goes to all of
 * them and is not kept, except that a refusal of the credentials is remembered for 5 s.
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
 *
 * @throws {ConfigError} `CONFIG_INVALID` when `acquire`, `id` or `origin` is missing or of the wrong type.
 */
export function createTokenSource(acquire: AcquireToken, options: TokenSourceOptions): TokenSource {
  checkArguments({ ...options, acquire })
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

/** For callers without types: what a source needs is named before its first token is. */
function checkArguments(given: unknown): void {
  const { id, origin, acquire, cacheKey } = (given ?? {}) as Partial<TokenSourceFamilyOptions<unknown>>
  const isText = (value: unknown) => typeof value === 'string' && value !== ''
  const problems = [
    ...(typeof acquire === 'function' ? [] : ['`acquire` is not a function.']),
    ...(isText(id) ? [] : ['`id` is not a string.']),
    ...(isText(origin) ? [] : ['`origin` is not a string.']),
    ...(cacheKey === undefined || typeof cacheKey === 'function' ? [] : ['`cacheKey` is not a function.']),
  ]
  if (problems.length > 0)
    throw new ConfigError(problems.join(' '), {
      provider: isText(id) ? id : undefined,
      hint: "Pass a function that acquires a token, and options such as `{ id: 'acme', origin: 'https://api.acme.example' }`.",
    })
}

/** What one source remembers; everything else is shared by its family. */
interface SourceState<Tenant> {
  readonly tenant: Tenant
  key: string | undefined
  known: KnownToken | undefined
  /** When the known token becomes stale, with this source's own delay. */
  staleAt: number
  /** The token that the provider refused; the known one while there is one. */
  refusedValue: string | undefined
  /** Local time of the last failed renewal. */
  failedAt: number | undefined
  refusal: RememberedRefusal | undefined
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
 *
 * @throws {ConfigError} `CONFIG_INVALID` when `acquire`, `id` or `origin` is missing or of the wrong type.
 */
export function createTokenSourceFamily<Tenant>(
  options: TokenSourceFamilyOptions<Tenant>,
): (tenant: Tenant) => TokenSource {
  checkArguments(options)
  const { id, origin, background, random = Math.random } = options
  const onEvent = toEvents(options.onEvent)
  const observed = [onEvent]
  const { tokenStore: store = createMemoryRecords() } = options
  const clock = toOriginClock(options.clock)
  const now = () => checkedTime(clock.now(origin), id)
  /** Does not jump when the time of the server is learned. */
  const localNow = () => now() - clock.offset(origin)
  const inFlight = createInFlight<string, KnownToken>({ id, now: localNow, background })
  const keysInFlight = createInFlight<SourceState<Tenant>, string>({ id, now: localNow })
  const ask = createStoreGuard(id, onEvent)
  /** Deletions that a renewal has to wait for, and the refresh token that was presented last, by cache key. */
  const deletions = new Map<string, Promise<unknown>>()
  const presented = new Map<string, string>()
  let isReported = false

  const usable = ({ refusedValue }: SourceState<Tenant>, token: Token): boolean =>
    token.value.reveal() !== refusedValue && tokenState(token, now()) !== 'expired'

  async function acquire(tenant: Tenant, previous: Token | undefined, signal?: AbortSignal): Promise<Token> {
    const asked = now()
    const context = signal === undefined ? { now: asked } : { now: asked, signal }
    return checkAcquired(await options.acquire(tenant, previous, context), asked, id)
  }

  /** Presents each refresh token once, whatever became of the exchange that did. */
  function acquireOnce(tenant: Tenant, key: string, previous: Token | undefined, signal: AbortSignal) {
    const refreshToken = previous?.refreshToken?.reveal()
    if (previous === undefined || refreshToken === undefined) return acquire(tenant, previous, signal)
    if (presented.get(key) === refreshToken) return acquire(tenant, withoutRefreshToken(previous), signal)
    presented.set(key, refreshToken)
    return acquire(tenant, previous, signal)
  }

  /** What another process left in the store, or else a new token. */
  async function next(state: SourceState<Tenant>, key: string, signal: AbortSignal): Promise<KnownToken> {
    const deletion = deletions.get(key)
    if (deletion !== undefined) await within(deletion, storeMs)
    const isFirst = state.known === undefined && state.refusedValue === undefined
    let acquired: { token: Token; type: 'token.acquired' | 'token.renewed' } | undefined
    const renewal: Renewal = {
      key,
      store,
      ask,
      signal,
      now,
      known: state.known,
      usable: (token) => usable(state, token),
      fresh: (token) => tokenState(token, now()) === 'fresh',
      lifeMs: (token) => Math.max(0, token.expiresAt - now()),
      async acquire(previous, ends) {
        const token = await acquireOnce(state.tenant, key, previous, ends)
        acquired = { token, type: isFirst && previous === undefined ? 'token.acquired' : 'token.renewed' }
        return token
      },
      incomplete() {
        if (!isReported) emit(onEvent, { type: 'store.incomplete', provider: id })
        isReported = true
      },
    }
    try {
      const known = await (isCoordinated(store) ? renewTogether(renewal, store) : renewWithStore(renewal))
      if (signal.aborted) return known
      keep(state, known)
      const { token } = known
      if (acquired?.token === token)
        emit(onEvent, { type: acquired.type, provider: id, expiresAt: token.expiresAt })
      return known
    } catch (error) {
      if (!signal.aborted) failed(state, error)
      throw error
    }
  }

  async function renewTogether(renewal: Renewal, coordinated: CoordinatedTokenStore): Promise<KnownToken> {
    const { renewTogether: renew } = await import('./coordinated-renewal.ts')
    return renew({
      ...renewal,
      store: coordinated,
      toRefusal: (error) =>
        isRefusal(error, options.refusalCodes) ? { refusal: toSharedRefusal(error), refusalMs } : undefined,
      toError: (refusal) => toRefusalError(refusal, id),
    })
  }

  function failed(state: SourceState<Tenant>, error: unknown): void {
    const { code = 'UNEXPECTED', message = 'failed' } = CountersignError.isInstance(error) ? error : {}
    const serving = state.known !== undefined && usable(state, state.known.token)
    emit(onEvent, { type: 'token.failed', provider: id, code, message, serving })
  }

  async function keyOf(state: SourceState<Tenant>): Promise<string> {
    if (state.key !== undefined) return state.key
    state.key = await keysInFlight.join(state, async () => {
      try {
        return await toCacheKey(options.cacheKey(state.tenant))
      } catch (error) {
        failed(state, error)
        throw error
      }
    })
    return state.key
  }

  function keep(state: SourceState<Tenant>, known: KnownToken): KnownToken {
    if (state.known !== known) {
      state.known = known
      state.staleAt = tokenThresholds(known.token, random()).staleAt
    }
    state.refusedValue = undefined
    state.refusal = undefined
    return known
  }

  /** Joins what is under way for this source's key, or begins it. */
  async function renewed(state: SourceState<Tenant>, key: string): Promise<Token> {
    const begin = (signal: AbortSignal) => next(state, key, signal)
    try {
      let joined = await inFlight.join(key, begin)
      // Another source found the token that this one was refused.
      if (joined.token.value.reveal() === state.refusedValue) joined = await inFlight.join(key, begin)
      return keep(state, joined).token
    } catch (error) {
      const at = localNow()
      state.failedAt = at
      if (isRefusal(error, options.refusalCodes)) state.refusal = { error, at }
      throw error
    }
  }

  /** Whether a time was less than `limitMs` ago; a clock that was set back does not make it last longer. */
  function isWithin(at: number | undefined, limitMs: number): boolean {
    if (at === undefined) return false
    const passedMs = localNow() - at
    return passedMs >= 0 && passedMs < limitMs
  }

  /** Every request asks this: it neither waits nor allocates while the token is fresh. */
  function current(state: SourceState<Tenant>): Token | undefined {
    const { known } = state
    if (known === undefined || state.refusedValue !== undefined) return undefined
    const at = now()
    if (hasExpired(known.token, at)) return undefined
    if (at >= state.staleAt) renewLater(state)
    return known.token
  }

  function renewLater(state: SourceState<Tenant>): void {
    const { key } = state
    if (key === undefined || isWithin(state.failedAt, renewalPauseMs) || inFlight.has(key)) return
    renewed(state, key).catch(() => undefined)
  }

  /** Waits for a token; a stale one out of the store is renewed at once. */
  async function found(state: SourceState<Tenant>): Promise<Token> {
    const key = await keyOf(state)
    const known = current(state)
    if (known !== undefined) return known
    const { refusal } = state
    if (refusal !== undefined && isWithin(refusal.at, refusalMs)) throw refusal.error
    const token = await renewed(state, key)
    return current(state) ?? token
  }

  async function get(state: SourceState<Tenant>, { signal }: Waiting = {}): Promise<Token> {
    signal?.throwIfAborted()
    return current(state) ?? untilAborted(found(state), signal)
  }

  function refuse(state: SourceState<Tenant>, rejected: Token): void {
    const value = rejected.value.reveal()
    if (state.known?.token.value.reveal() === value) state.refusedValue = value
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
    state.refusedValue = state.known?.token.value.reveal() ?? state.refusedValue
    state.known = undefined
    state.refusal = undefined
    const key = await keyOf(state)
    const deletion = ask('delete', () => store.delete(key))
    deletions.set(key, deletion)
    inFlight.abandon(key)
    await deletion
    if (deletions.get(key) === deletion) deletions.delete(key)
  }

  return (tenant) => {
    if (options.reuse === 'never') return createSingleUseSource(() => acquire(tenant, undefined))
    const state: SourceState<Tenant> = {
      tenant,
      key: undefined,
      known: undefined,
      staleAt: 0,
      refusedValue: undefined,
      failedAt: undefined,
      refusal: undefined,
    }
    const source: TokenSource & Observable = {
      reuse: true,
      [eventsOf]: observed,
      current: () => current(state),
      get: (waiting) => get(state, waiting),
      refuse: (rejected) => refuse(state, rejected),
      renew: (rejected, waiting) => renew(state, rejected, waiting),
      invalidate: () => invalidate(state),
    }
    return source
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

/** The name under which a store keeps a token: a hash, so that it does not reveal whose token it is. */
export async function toCacheKey(parts: Promise<readonly string[]>): Promise<string> {
  return toHex(await sha256(new TextEncoder().encode(JSON.stringify(await parts))))
}
