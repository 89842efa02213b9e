import type { AskStore } from './guarded-store.ts'
import { fromTokenRecord, type KnownToken, type Token, toTokenRecord, withoutRefreshToken } from './token.ts'
import type { TokenStore } from './token-store.ts'

/** One renewal: what it starts from and what it may use. */
export interface Renewal<Store extends TokenStore = TokenStore> {
  readonly key: string
  readonly store: Store
  readonly ask: AskStore
  /** What the source has, or had until it was refused. */
  readonly known: KnownToken | undefined
  /** Aborted when the renewal is given up: its outcome must not be kept then. */
  readonly signal: AbortSignal
  /** Epoch milliseconds, by the clock that judges tokens. */
  now(): number
  /** Whether a token can be used: alive, and not the refused one. */
  usable(token: Token): boolean
  fresh(token: Token): boolean
  /** Exchanges; the refresh token of `previous` may be presented. */
  acquire(previous: Token | undefined, signal: AbortSignal): Promise<Token>
  /** How long a token still lives, milliseconds. */
  lifeMs(token: Token): number
  /** Called when the store does not return what it was given. */
  incomplete(): void
}

/** How long a refresh token is kept after its access token ended: no provider says how long it lives. */
const refreshTokenMs = 30 * 24 * 3_600_000
/** A lock is given back after this, whatever became of its holder. */
const lockMs = 45_000

/** How long a store keeps a token, milliseconds. */
export function toTtlMs(token: Token, lifeMs: number): number {
  return token.refreshToken === undefined ? lifeMs : lifeMs + refreshTokenMs
}

/**
 * Renews with a store that can only read and write: it looks before each write and never replaces a newer
 * record. Two processes can still meet between a read and a write; only a store that coordinates rules that out.
 */
export async function renewWithStore(renewal: Renewal): Promise<KnownToken> {
  const { key, store, ask, known, signal, usable, fresh } = renewal
  if (known === undefined) {
    const left = await read(renewal)
    if (left !== undefined && usable(left.token)) return left
    // With nothing to lock there is nothing to look for twice.
    if (store.lock === undefined) return exchange(renewal, left)
  }
  const lock = store.lock?.bind(store)
  const locked =
    lock &&
    (await ask(
      'lock',
      () => lock(key, { ttlMs: lockMs }),
      (unused) => unused(),
    ))
  try {
    const previous = newest(await read(renewal), known)
    if (previous !== undefined && usable(previous.token) && fresh(previous.token)) return previous
    signal.throwIfAborted()
    return await exchange(renewal, previous)
  } finally {
    if (locked !== undefined) await ask('unlock', locked.value)
  }
}

async function read({ key, store, ask }: Renewal): Promise<KnownToken | undefined> {
  return fromTokenRecord((await ask('get', () => store.get(key)))?.value)
}

async function exchange(renewal: Renewal, previous: KnownToken | undefined): Promise<KnownToken> {
  const { key, store, ask, signal, usable, acquire } = renewal
  const intent = await declareIntent(renewal, previous)
  if (intent.won !== undefined) return intent.won
  signal.throwIfAborted()
  const token = await acquire(intent.previous, signal)
  signal.throwIfAborted()
  const generation = (previous?.generation ?? 0) + 1
  const next: KnownToken = { token, generation, epoch: previous?.epoch, spending: false }
  const stored = await read(renewal)
  if (stored !== undefined && stored.generation >= generation) return usable(stored.token) ? stored : next
  const lifeMs = renewal.lifeMs(token)
  await ask('set', () => store.set(key, toTokenRecord(next), { ttlMs: toTtlMs(token, lifeMs) }))
  return next
}

/**
 * Before a refresh token is presented, the record says so: who finds it that way issues anew. Without a record
 * that says so nothing is presented.
 */
async function declareIntent(
  renewal: Renewal,
  previous: KnownToken | undefined,
): Promise<{ previous: Token | undefined; won?: KnownToken }> {
  if (previous?.token.refreshToken === undefined) return { previous: previous?.token }
  const { key, store, ask, usable } = renewal
  const anew = { previous: withoutRefreshToken(previous.token) }
  if (previous.spending) return anew
  const record = toTokenRecord({ ...previous, spending: true })
  const ttlMs = toTtlMs(previous.token, renewal.lifeMs(previous.token))
  if ((await ask('set', () => store.set(key, record, { ttlMs }))) === undefined) return anew
  const answer = await ask('get', () => store.get(key))
  const stored = fromTokenRecord(answer?.value)
  if (stored === undefined) return anew
  if (stored.token.refreshToken?.reveal() !== record.refreshToken)
    return usable(stored.token) && stored.generation > previous.generation ? { ...anew, won: stored } : anew
  if (!stored.spending) renewal.incomplete()
  return { previous: previous.token }
}

/**
 * The later one; a store that could not be written to still holds an older one. A record without a generation
 * comes from a store that drops it: what others wrote there is all that can be known.
 */
function newest(stored: KnownToken | undefined, known: KnownToken | undefined): KnownToken | undefined {
  if (stored === undefined || known === undefined) return stored ?? known
  return stored.generation === 0 || stored.generation >= known.generation ? stored : known
}
