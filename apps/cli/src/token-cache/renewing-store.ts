import type { CoordinatedTokenStore } from '@countersign/core'
import type { TokenVersion } from '@countersign/core/provider'

/** Options of {@link createRenewingStore}. */
export interface RenewingStoreOptions {
  /** A token that ends sooner is renewed, once; `Infinity` renews every token. Milliseconds. */
  minimumMs: number
  now: () => number
  /** Called once, when another process is getting the token. */
  onWait?: (() => void) | undefined
  /** Called when a refusal of before is repeated, with how long that goes on, milliseconds. */
  onRefusal?: ((remainingMs: number) => void) | undefined
}

/**
 * A command's view of a store, in which tokens that end within `minimumMs` have ended already: they are renewed
 * now, with their refresh token where there is one. With `Infinity` this process exchanges itself, after another
 * that does the same; otherwise what another has just renewed is taken over, however short it lives.
 */
export function createRenewingStore(
  store: CoordinatedTokenStore,
  { minimumMs, now, onWait, onRefusal }: RenewingStoreOptions,
): CoordinatedTokenStore {
  const passed = new Map<string, TokenVersion>()
  const satisfied = new Set<string>()
  let isWaiting = false
  return {
    ...store,
    async claim(key, options) {
      for (;;) {
        const known = satisfied.has(key) ? options.known : (passed.get(key) ?? options.known)
        const claim = await store.claim(key, { ...options, known })
        if (claim.outcome === 'held' && !isWaiting) {
          isWaiting = true
          onWait?.()
        }
        if (claim.outcome === 'refused') onRefusal?.(claim.remainingMs)
        if (claim.outcome !== 'record' || satisfied.has(key)) return claim
        const leftMs = claim.lifeMs ?? claim.record.expiresAt - now()
        if (leftMs >= minimumMs || (passed.has(key) && minimumMs !== Infinity)) {
          satisfied.add(key)
          return claim
        }
        passed.set(key, claim.version)
      }
    },
  }
}
