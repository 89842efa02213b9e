import { VerificationError } from '../errors/verification-error.ts'

/** What was given is no evidence of anything. The problem names places and sizes, never contents. */
export function unreadable(problem: string, hint: string): VerificationError {
  return new VerificationError('TOKEN_MALFORMED', problem, { hint })
}

/** A request was meant, and it cannot be read. */
export function unreadableRequest(problem: string, hint?: string): VerificationError {
  return unreadable(
    `The HTTP request cannot be read: ${problem}`,
    hint ?? 'Pass it as it goes over the wire: the request line, header lines, an empty line, the body.',
  )
}
