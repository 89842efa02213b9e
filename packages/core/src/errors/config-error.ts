import type { ConfigErrorCode } from './codes.ts'
import { CountersignError, type ErrorDetails } from './countersign-error.ts'

/** An option or argument is missing, of the wrong kind, or contradicts another. */
export class ConfigError extends CountersignError<ConfigErrorCode> {
  override readonly name = 'ConfigError'

  constructor(problem: string, details?: ErrorDetails) {
    super('CONFIG_INVALID', problem, details)
  }
}
