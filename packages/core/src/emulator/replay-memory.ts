/** Remembers values that may be used once. */
export interface ReplayMemory {
  /** Whether the value was used and its use is not over. */
  has(value: string, now: number): boolean
  /** Marks a value as used until `expiresAt`, epoch milliseconds. */
  add(value: string, expiresAt: number): void
}

/** A memory that forgets what has expired, and so does not grow. */
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
