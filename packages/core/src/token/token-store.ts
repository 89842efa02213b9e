import type { TokenRecord } from './token.ts'

type Awaitable<Value> = Value | Promise<Value>

/**
 * Where tokens are kept between calls. Keys are hashes and do not reveal whose token it is. Records are plain
 * objects that may be kept as they are, and secrets that must be sealed where others can read. Each operation
 * has 250 ms; after that, and when it fails, the process continues with what it has in memory.
 */
export interface TokenStore {
  /** The record under a key, or `undefined`. */
  get(key: string): Awaitable<TokenRecord | undefined | null>
  /** Keeps a record for `ttlMs` milliseconds. */
  set(key: string, token: TokenRecord, options: { ttlMs: number }): Awaitable<unknown>
  /** Forgets a record. */
  delete(key: string): Awaitable<unknown>
  /**
   * Keeps other processes from acquiring the same token meanwhile. Resolves with the function that releases
   * the lock; after `ttlMs` milliseconds it is released automatically. A lock that arrives late is released.
   */
  lock?(key: string, options: { ttlMs: number }): Promise<() => Awaitable<unknown>>
}
