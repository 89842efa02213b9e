/** Remembers values that may be used once. */
export interface ReplayMemory {
  /** Whether the value was used and has not expired. */
  has(value: string, now: number): boolean
  /** Marks a value as used until `expiresAt`, epoch milliseconds. */
  add(value: string, expiresAt: number): void
}

/**
 * Creates a memory that forgets expired values, so that it does not grow.
 *
 * @example
 * ```ts
 * import { createReplayMemory } from '@countersign/core/emulator'
 *
 * const used = createReplayMemory()
 * used.add('jti-1', Date.now() + 60_000)
 * used.has('jti-1', Date.now()) // true
 * ```
 */
export function createReplayMemory(): ReplayMemory {
  const ends = new Map<string, number>()
  return {
    has(value, now) {
      for (const [old, end] of ends) {
        if (end > now) break
        ends.delete(old)
      }
      return (ends.get(value) ?? 0) > now
    },
    add(value, expiresAt) {
      ends.set(value, expiresAt)
    },
  }
}
