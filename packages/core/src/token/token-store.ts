import type { TokenRecord } from './token.ts'

type Awaitable<Value> = Value | Promise<Value>

/**
 * Where tokens are kept between calls. Keys are hashes: they tell nothing about whose token it is.
 * Records are plain objects that may be kept as they are, and secrets that must be sealed where others
 * can read. A store that fails is passed by: the process goes on with what it has in memory.
 */
export interface TokenStore {
  /** The record under a key, or `undefined`. */
  get(key: string): Awaitable<TokenRecord | undefined | null>
  /** Keeps a record for `ttlMs` milliseconds. */
  set(key: string, token: TokenRecord, options: { ttlMs: number }): Awaitable<unknown>
  /** Forgets a record. */
  delete(key: string): Awaitable<unknown>
  /**
   * Keeps other processes from acquiring the same token meanwhile. Resolves with the function that gives
   * the lock back; after `ttlMs` milliseconds it is given back by itself.
   */
  lock?(key: string, options: { ttlMs: number }): Promise<() => Awaitable<unknown>>
}
