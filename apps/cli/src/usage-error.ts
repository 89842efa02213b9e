/**
 * The command was called in a way that it cannot follow. It has the shape of core's ConfigError and is
 * made without loading core, so that a mistyped word is answered at once.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'CONFIG_INVALID'
}
