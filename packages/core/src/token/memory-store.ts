import { type ClockOption, toNow } from '../base/clock.ts'
import type { CoordinatedTokenStore, Lease, SharedRefusal, TokenVersion } from './coordinated-store.ts'
import type { TokenRecord } from './token.ts'
import type { TokenStore } from './token-store.ts'

const maxTokensDefault = 20_000
/** A record whose access token ends sooner is not handed over. */
const leastLifeMs = 5_000

/** What is kept by key, bounded: the least recently used entry goes first. */
function createRecentMap<Value>(maxEntries: number): Pick<Map<string, Value>, 'get' | 'set' | 'delete'> {
  const entries = new Map<string, Value>()
  const self = {
    get(key: string) {
      const value = entries.get(key)
      if (value !== undefined) self.set(key, value)
      return value
    },
    set(key: string, value: Value) {
      entries.delete(key)
      entries.set(key, value)
      if (entries.size <= maxEntries) return entries
      const [oldest] = entries.keys()
      if (oldest !== undefined) entries.delete(oldest)
      return entries
    },
    delete: (key: string) => entries.delete(key),
  }
  return self
}

/** What a token source uses when it is given no store: the records of one process, with nothing to coordinate. */
export function createMemoryRecords(): TokenStore {
  return createRecentMap<TokenRecord>(maxTokensDefault)
}

/** Options of {@link createMemoryTokenStore}. */
export interface MemoryTokenStoreOptions {
  /** How many tokens are kept before the least recently used one is forgotten. Default 20 000. */
  maxTokens?: number
  /** What lives and leases are measured with, milliseconds. Default: a clock that is never set back. */
  clock?: ClockOption
}

/** The history of one token. */
interface Entry {
  version: TokenVersion
  record?: TokenRecord | undefined
  /** When the access token ends, and when the record is no longer kept. */
  livesUntil: number
  keptUntil: number
  lease?: { owner: string; until: number } | undefined
  refused?: { refusal: SharedRefusal; until: number } | undefined
}

/**
 * A {@link CoordinatedTokenStore} in this process's memory, bounded: the least recently used token goes first.
 * Sources that share it make one exchange together.
 *
 * @example
 * ```ts
 * import { createMemoryTokenStore } from '@countersign/core'
 *
 * const tokenStore = createMemoryTokenStore({ maxTokens: 100 })
 * ```
 */
export function createMemoryTokenStore({
  maxTokens = maxTokensDefault,
  clock = () => performance.now(),
}: MemoryTokenStoreOptions = {}): CoordinatedTokenStore {
  const now = toNow(clock)
  const entries = createRecentMap<Entry>(maxTokens)
  const listeners = new Map<string, Set<() => void>>()

  /** The entry as it is now: what has expired is gone. */
  function entryOf(key: string): Entry {
    const at = now()
    const entry = entries.get(key) ?? { version: newHistory(), livesUntil: 0, keptUntil: 0 }
    if (entry.record !== undefined && at >= entry.keptUntil) {
      entry.record = undefined
      entry.version = newHistory()
    }
    if (entry.lease !== undefined && at >= entry.lease.until) entry.lease = undefined
    if (entry.refused !== undefined && at >= entry.refused.until) entry.refused = undefined
    return entry
  }

  function leased(key: string, { owner, version }: Lease): Entry | undefined {
    const entry = entryOf(key)
    return entry.lease?.owner === owner && isSame(entry.version, version) ? entry : undefined
  }

  function put(entry: Entry, given: TokenRecord, { ttlMs, lifeMs }: { ttlMs: number; lifeMs: number }): void {
    const { epoch, generation } = entry.version
    const { spending: _, ...record } = given
    entry.version = { epoch, generation: generation + 1 }
    entry.record = { ...record, ...entry.version }
    entry.livesUntil = now() + lifeMs
    entry.keptUntil = now() + ttlMs
    entry.lease = undefined
    entry.refused = undefined
  }

  function notify(key: string): void {
    for (const listener of listeners.get(key) ?? []) queueMicrotask(listener)
  }

  return {
    get: (key) => entryOf(key).record,
    set(key, record, { ttlMs }) {
      const entry = entryOf(key)
      entries.set(key, entry)
      put(entry, record, { ttlMs, lifeMs: Math.min(ttlMs, record.expiresAt - record.issuedAt) })
      notify(key)
    },
    delete(key) {
      entries.delete(key)
      notify(key)
    },
    async claim(key, { owner, leaseMs, known }) {
      const entry = entryOf(key)
      const { record, version, lease, refused } = entry
      if (record !== undefined && isNewer(version, known) && entry.livesUntil - now() >= leastLifeMs)
        return { outcome: 'record', record, version }
      if (refused !== undefined)
        return { outcome: 'refused', refusal: refused.refusal, remainingMs: refused.until - now() }
      if (lease !== undefined && lease.owner !== owner)
        return { outcome: 'held', remainingMs: lease.until - now() }
      entry.lease = { owner, until: now() + leaseMs }
      entries.set(key, entry)
      return { outcome: 'claimed', version, ...(record === undefined ? {} : { record }) }
    },
    async spend(key, lease) {
      const entry = leased(key, lease)
      if (entry?.record === undefined) return false
      entry.record = { ...entry.record, spending: true }
      return true
    },
    async publish(key, lease, record, lives) {
      const entry = leased(key, lease)
      if (entry === undefined) return { accepted: false }
      put(entry, record, lives)
      notify(key)
      return { accepted: true, version: entry.version }
    },
    async fail(key, lease, options) {
      const entry = leased(key, lease)
      if (entry === undefined) return
      entry.lease = undefined
      if (options !== undefined)
        entry.refused = { refusal: options.refusal, until: now() + options.refusalMs }
      notify(key)
    },
    async extend(key, lease, { leaseMs }) {
      const entry = leased(key, lease)
      if (entry === undefined) return false
      entry.lease = { owner: lease.owner, until: now() + leaseMs }
      return true
    },
    async watch(key, listener) {
      const watching = listeners.get(key) ?? new Set()
      listeners.set(key, watching.add(listener))
      return () => {
        watching.delete(listener)
        if (watching.size === 0) listeners.delete(key)
      }
    },
  }
}

function newHistory(): TokenVersion {
  return { epoch: crypto.randomUUID(), generation: 0 }
}

function isSame(one: TokenVersion, other: TokenVersion): boolean {
  return one.epoch === other.epoch && one.generation === other.generation
}

/** Whether a stored version is news to one who knows another; a different epoch always is. */
function isNewer(stored: TokenVersion, known: TokenVersion | undefined): boolean {
  return known === undefined || stored.epoch !== known.epoch || stored.generation > known.generation
}
