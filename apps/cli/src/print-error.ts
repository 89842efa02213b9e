import { escapeHiddenCharacters, redact } from '@countersign/core/provider'
import { toCommandMessage } from './in-command-words.ts'
import type { Io } from './io.ts'
import { createOutput, type GlobalOptions } from './output.ts'
import { UsageError } from './usage-error.ts'

/** Prints `<CODE>: message` on stderr, secrets masked; with `--verbose` the stack and the causes too. */
export async function printError(error: unknown, io: Io, options: GlobalOptions): Promise<void> {
  const output = createOutput(io, options)
  const { code = 'UNEXPECTED' } = (error instanceof Error ? error : {}) as { code?: string }
  const message = await toCommandMessage(error)
  // A server may have written a part of any message but our own.
  output.error(code, redact(error instanceof UsageError ? message : escapeHiddenCharacters(message)))
  if (!(error instanceof Error)) return
  output.detail(redact(error.stack ?? ''))
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause)
    output.detail(`caused by ${redact(cause.stack ?? cause.message)}`)
}
