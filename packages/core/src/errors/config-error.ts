import { CountersignError, type ErrorDetails } from './countersign-error.ts'

export type ConfigErrorCode = 'CONFIG_INVALID'

/** An option is missing, of the wrong kind or contradicts another. */
export class ConfigError extends CountersignError<ConfigErrorCode> {
  override readonly name = 'ConfigError'

  constructor(problem: string, details?: ErrorDetails) {
    super('CONFIG_INVALID', problem, details)
  }
}
