import { toCommandMessage } from './in-command-words.ts'
import type { Io } from './io.ts'
import { createOutput, type GlobalOptions } from './output.ts'

/** Prints `<CODE>: message` on stderr, secrets masked; with `--verbose` the stack and the causes too. */
export async function printError(error: unknown, io: Io, options: GlobalOptions): Promise<void> {
  const { verbose, paintTalk } = createOutput(io, options)
  const { redact } = await import('@countersign/core/provider')
  const { code, stack } = describe(error)
  io.stderr.write(`${paintTalk('red', `${code}:`)} ${redact(await toCommandMessage(error))}\n`)
  if (!verbose || stack === undefined) return
  io.stderr.write(`${redact(stack)}\n`)
  for (let cause = causeOf(error); cause instanceof Error; cause = causeOf(cause))
    io.stderr.write(`caused by ${redact(cause.stack ?? cause.message)}\n`)
}

function describe(error: unknown): { code: string; stack?: string | undefined } {
  if (!(error instanceof Error)) return { code: 'UNEXPECTED' }
  const { code = 'UNEXPECTED' } = error as { code?: string }
  return { code, stack: error.stack }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}
