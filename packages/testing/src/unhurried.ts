import { describe } from 'vitest'

/**
 * A `describe` whose tests end when they hang, and are not failed by a computer that is busy: Vitest's own limit of
 * five seconds is too short for a thousand concurrent callers.
 */
export function describeUnhurried(name: string, declare: () => void): void {
  describe(name, { timeout: 600_000 }, declare)
}
