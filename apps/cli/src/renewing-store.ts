import type { TokenStore } from '@countersign/core'

/**
 * A view of a store in which tokens that end within `minimumMs` have ended already: they are renewed now,
 * with their refresh token where there is one. `Infinity` renews every token.
 */
export function createRenewingStore(store: TokenStore, minimumMs: number, now: () => number): TokenStore {
  const asked = new Set<string>()
  return {
    ...store,
    async get(key) {
      const record = await store.get(key)
      // Only what an earlier command left is too old; what this one stores is as new as it gets.
      if (record === undefined || record === null || asked.has(key)) return record
      return record.expiresAt - now() < minimumMs ? { ...record, expiresAt: now() } : record
    },
    set(key, record, options) {
      asked.add(key)
      return store.set(key, record, options)
    },
  }
}
