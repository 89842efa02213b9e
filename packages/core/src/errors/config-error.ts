import type { ConfigErrorCode } from './codes.ts'
import { CountersignError, type ErrorDetails } from './countersign-error.ts'

/**
 * An option or argument is missing, of the wrong kind, or contradicts another.
 *
 * @example
 * ```ts
 * import { ConfigError } from '@countersign/core'
 *
 * function createAcme(options: { accountId: string }): void {
 *   if (options.accountId === '') throw new ConfigError('`accountId` is empty.', { provider: 'acme' })
 * }
 * ```
 */
export class ConfigError extends CountersignError<ConfigErrorCode> {
  override readonly name = 'ConfigError'

  constructor(problem: string, details?: ErrorDetails) {
    super('CONFIG_INVALID', problem, details)
  }
}
