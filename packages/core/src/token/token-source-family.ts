import { toOriginClock } from '../base/clock.ts'
import { emit } from '../base/events.ts'
import { bestEffort, untilAborted } from '../base/waiting.ts'
import { CountersignError } from '../errors/countersign-error.ts'
import { toCacheKey } from './cache-key.ts'
import { createMemoryTokenStore } from './memory-token-store.ts'
import { createSingleUseSource } from './single-use-source.ts'
import { fromTokenRecord, type Token, tokenState, toTokenRecord } from './token.ts'
import type { AcquiredToken, AcquireToken, TokenSource, TokenSourceOptions, Waiting } from './token-source.ts'

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
  const { cacheKey = async () => [options.id, crypto.randomUUID()] } = options
  return createTokenSourceFamily({
    ...options,
    acquire: (_subject, ...given) => acquire(...given),
    cacheKey,
  })(undefined)
}

/** Options of {@link createTokenSourceFamily}. */
export interface TokenSourceFamilyOptions<Subject> extends Omit<TokenSourceOptions, 'cacheKey'> {
  /** Gets a new token for one subject. */
  acquire(subject: Subject, ...given: Parameters<AcquireToken>): Promise<AcquiredToken>
  /** Every input that changes the subject's token, secrets hashed before. */
  cacheKey(subject: Subject): Promise<readonly string[]>
}

/** What one source remembers; everything else is shared by its family. */
interface Holder<Subject> {
  readonly subject: Subject
  known: Token | undefined
  rejectedValue: string | undefined
  pauseUntil: number
  acquiredBefore: boolean
  key: string | undefined
  renewal: Promise<Token> | undefined
  search: Promise<Token> | undefined
}

/**
 * Sources that differ in nothing but whose token it is: they share options, store and functions, so that
 * many thousand tenants fit into memory.
 */
export function createTokenSourceFamily<Subject>(
  options: TokenSourceFamilyOptions<Subject>,
): (subject: Subject) => TokenSource {
  const { id, origin, onEvent, tokenStore: store = createMemoryTokenStore(), inFlight = new Map() } = options
  const clock = toOriginClock(options.clock)
  const now = () => clock.now(origin)

  async function keyOf(holder: Holder<Subject>): Promise<string> {
    holder.key ??= await toCacheKey(options.cacheKey(holder.subject))
    return holder.key
  }

  async function acquire(subject: Subject, previous: Token | undefined): Promise<Token> {
    const issuedAt = now()
    const token = await options.acquire(subject, previous, { now: issuedAt })
    return token.issuedAt === undefined ? { ...token, issuedAt } : (token as Token)
  }

  const usable = ({ rejectedValue }: Holder<Subject>, token: Token | undefined): token is Token =>
    token !== undefined && token.value.reveal() !== rejectedValue && tokenState(token, now()) !== 'expired'

  const stored = async (name: string) => fromTokenRecord(await bestEffort(() => store.get(name), storeMs))

  async function exchange(holder: Holder<Subject>, name: string): Promise<Token> {
    const release = await bestEffort(
      () => store.lock?.(name, { ttlMs: lockMs }),
      lockMs,
      (unused) => unused?.(),
    )
    try {
      const previous = newest(await stored(name), holder.known)
      if (previous !== undefined && usable(holder, previous) && tokenState(previous, now()) === 'fresh')
        return previous
      const token = await acquire(holder.subject, previous)
      const lifeMs = Math.max(0, token.expiresAt - now())
      const ttlMs = token.refreshToken === undefined ? lifeMs : lifeMs + refreshTokenMs
      await bestEffort(() => store.set(name, toTokenRecord(token), { ttlMs }), storeMs)
      const type = previous === undefined && !holder.acquiredBefore ? 'token.acquired' : 'token.renewed'
      holder.acquiredBefore = true
      emit(onEvent, { type, provider: id, expiresAt: token.expiresAt })
      return token
    } finally {
      await bestEffort(() => release?.(), storeMs)
    }
  }

  async function renewed(holder: Holder<Subject>): Promise<Token> {
    try {
      const name = await keyOf(holder)
      const flight = inFlight.get(name) ?? exchange(holder, name).finally(() => inFlight.delete(name))
      inFlight.set(name, flight)
      const token = await flight
      holder.rejectedValue = undefined
      holder.known = token
      return token
    } catch (error) {
      const serving = usable(holder, holder.known)
      if (serving) holder.pauseUntil = now() + renewalPauseMs
      const { code = 'UNEXPECTED', message = 'failed' } = CountersignError.isInstance(error) ? error : {}
      emit(onEvent, { type: 'token.failed', provider: id, code, message, serving })
      throw error
    }
  }

  function renewOnce(holder: Holder<Subject>): Promise<Token> {
    holder.renewal ??= renewed(holder).finally(() => {
      holder.renewal = undefined
    })
    return holder.renewal
  }

  function findOnce(holder: Holder<Subject>): Promise<Token> {
    holder.search ??= firstUsable(holder).finally(() => {
      holder.search = undefined
    })
    return holder.search
  }

  /** What another process or an earlier run left in the store, else a new one. */
  async function firstUsable(holder: Holder<Subject>): Promise<Token> {
    if (holder.renewal === undefined && holder.known === undefined) {
      const left = await stored(await keyOf(holder))
      if (holder.known === undefined && usable(holder, left)) {
        holder.known = left
        return current(holder) ?? renewOnce(holder)
      }
    }
    return current(holder) ?? renewOnce(holder)
  }

  function current(holder: Holder<Subject>): Token | undefined {
    const { known, pauseUntil } = holder
    if (!usable(holder, known)) return undefined
    if (tokenState(known, now()) === 'stale' && now() >= pauseUntil) renewOnce(holder).catch(() => undefined)
    return known
  }

  async function get(holder: Holder<Subject>, { signal }: Waiting = {}): Promise<Token> {
    signal?.throwIfAborted()
    return current(holder) ?? untilAborted(findOnce(holder), signal)
  }

  function refuse(holder: Holder<Subject>, rejected: Token): void {
    const value = rejected.value.reveal()
    if (holder.known?.value.reveal() === value) holder.rejectedValue = value
  }

  async function renew(holder: Holder<Subject>, rejected: Token, { signal }: Waiting = {}): Promise<Token> {
    refuse(holder, rejected)
    return current(holder) ?? untilAborted(renewOnce(holder), signal)
  }

  async function invalidate(holder: Holder<Subject>): Promise<void> {
    holder.rejectedValue = holder.known?.value.reveal() ?? holder.rejectedValue
    holder.known = undefined
    const name = await keyOf(holder)
    await bestEffort(() => store.delete(name), storeMs)
  }

  return (subject) => {
    if (options.reuse === 'never') return createSingleUseSource(() => acquire(subject, undefined))
    const holder: Holder<Subject> = {
      subject,
      known: undefined,
      rejectedValue: undefined,
      pauseUntil: 0,
      acquiredBefore: false,
      key: undefined,
      renewal: undefined,
      search: undefined,
    }
    return {
      reuse: true,
      current: () => current(holder),
      get: (waiting) => get(holder, waiting),
      refuse: (rejected) => refuse(holder, rejected),
      renew: (rejected, waiting) => renew(holder, rejected, waiting),
      invalidate: () => invalidate(holder),
    }
  }
}

/** The one that was issued last: a store that could not be written to still holds an older one. */
function newest(stored: Token | undefined, known: Token | undefined): Token | undefined {
  if (stored === undefined || known === undefined) return stored ?? known
  return stored.issuedAt >= known.issuedAt ? stored : known
}
