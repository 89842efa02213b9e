/** The person ended the questions: with Ctrl-C, Escape, or by the answer that says so. */
export class CancelledError extends Error {
  override readonly name = 'CancelledError'
  readonly code = 'CANCELLED'

  constructor() {
    super('nothing was written.')
  }
}
