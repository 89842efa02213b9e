import { CountersignError } from '@countersign/core'
import { redact } from '@countersign/core/provider'
import { toCommandMessage } from '../in-command-words.ts'

/** A response of the proxy itself instead of the provider's. */
export interface Refusal {
  status: number
  code: string
  message: string
  headers?: Readonly<Record<string, string>>
}

const statuses: Readonly<Record<string, number>> = {
  NETWORK: 502,
  TIMEOUT: 504,
  ORIGIN_REFUSED: 403,
  BODY_TOO_LARGE: 413,
  // Flags were checked at the start: what is left is a request that nobody can send.
  CONFIG_INVALID: 400,
}

/** What the caller is told of a failure: code and message, secrets masked, never a stack or a cause. */
export async function toRefusal(error: unknown): Promise<Refusal> {
  if (!CountersignError.isInstance(error))
    return { status: 502, code: 'UNEXPECTED', message: 'The request could not be passed on.' }
  const { code } = error
  return { status: statuses[code] ?? 502, code, message: redact(await toCommandMessage(error)) }
}
