import { CountersignError } from '@countersign/core'
import { redact } from '@countersign/core/provider'
import { UsageError } from '../usage-error.ts'

/** Why the control API does not do what it is asked; caught where answers are made. */
export class ControlRefusal extends Error {
  override readonly name = 'ControlRefusal'
  readonly status: number
  readonly code: string
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, code: string, message: string, headers: Record<string, string> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.headers = headers
  }
}

/** Code and message of what went wrong, never a stack or a cause. */
export function toControlRefusal(error: unknown): ControlRefusal {
  if (error instanceof ControlRefusal) return error
  if (CountersignError.isInstance(error) || error instanceof UsageError)
    return new ControlRefusal(400, error.code, redact(error.message))
  return new ControlRefusal(500, 'UNEXPECTED', 'this should not have happened; the request changed nothing.')
}
