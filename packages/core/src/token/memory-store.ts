import { type ClockOption, toNow } from '../base/clock.ts'
import { ConfigError, checkOptionNames } from '../errors/config-error.ts'
import type { CoordinatedTokenStore } from './coordinated-store.ts'
import type { TokenRecord } from './token.ts'
import { createCoordinatedStore, type TokenHistory } from './token-history.ts'
import type { TokenStore } from './token-store.ts'

const maxTokensDefault = 20_000

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
 *
 * @throws {ConfigError} `CONFIG_INVALID` when `maxTokens` is not a whole number above 0, and for an unknown option.
 */
export function createMemoryTokenStore(options?: MemoryTokenStoreOptions): CoordinatedTokenStore {
  checkOptionNames(options, ['maxTokens', 'clock'])
  const { maxTokens = maxTokensDefault, clock = () => performance.now() } = options ?? {}
  if (!Number.isInteger(maxTokens) || maxTokens < 1)
    throw new ConfigError('`maxTokens` must be a whole number above 0.')
  const histories = createRecentMap<TokenHistory>(maxTokens)
  const listeners = new Map<string, Set<() => void>>()

  const store = createCoordinatedStore({
    now: toNow(clock),
    async update(key, step) {
      const before = histories.get(key)
      const { answer, history } = step(before)
      if (history === before) return answer
      if (history === undefined) histories.delete(key)
      else histories.set(key, history)
      // Jest's fake timers hold back queueMicrotask, but no promise.
      for (const listener of listeners.get(key) ?? []) void Promise.resolve().then(listener)
      return answer
    },
  })

  return {
    ...store,
    async claim(key, options) {
      const claim = await store.claim(key, options)
      if (claim.outcome !== 'record') return claim
      // Sources of one process have one clock, which judges the life of a token.
      const { lifeMs: _, ...rest } = claim
      return rest
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
