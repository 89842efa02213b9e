import type { TokenRecord } from './token.ts'
import type { TokenStore } from './token-store.ts'

/** Options of {@link createMemoryTokenStore}. */
export interface MemoryTokenStoreOptions {
  /** How many tokens are kept before the least recently used one is forgotten. Default 20 000. */
  maxTokens?: number
}

/** A {@link TokenStore} in this process's memory, bounded: the least recently used token goes first. */
export function createMemoryTokenStore({ maxTokens = 20_000 }: MemoryTokenStoreOptions = {}): TokenStore {
  const records = new Map<string, TokenRecord>()
  return {
    get(key) {
      const record = records.get(key)
      if (record === undefined) return undefined
      records.delete(key)
      records.set(key, record)
      return record
    },
    set(key, record) {
      records.delete(key)
      records.set(key, record)
      if (records.size <= maxTokens) return
      const [oldest] = records.keys()
      if (oldest !== undefined) records.delete(oldest)
    },
    delete(key) {
      records.delete(key)
    },
  }
}
