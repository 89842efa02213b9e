/**
 * The command was called in a way that it cannot follow. It has the shape of core's ConfigError and is
 * made without loading core, so that a mistyped word is reported at once.
 */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'CONFIG_INVALID'

  /** What is wrong. */
  readonly problem: string
  /** What to do. */
  readonly hint: string | undefined

  constructor(problem: string, hint?: string) {
    super(hint === undefined ? problem : `${problem} ${hint}`)
    this.problem = problem
    this.hint = hint
  }
}
