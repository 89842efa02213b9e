import type { ErrorDetails } from './countersign-error.ts'

/** What an error keeps of the answer that caused it, secrets masked. */
export interface ResponseFacts {
  /** HTTP status of the answer. */
  status?: number | undefined
  /** The provider's `x-request-id`; quote it to their support. */
  requestId?: string | undefined
  /** The answer's `WWW-Authenticate`. */
  wwwAuthenticate?: string | undefined
  /** The provider's own error code, as it stands in the answer. */
  providerCode?: string | undefined
  /** The beginning of the answer's body. */
  body?: string | undefined
}

export type ResponseErrorDetails = ErrorDetails & ResponseFacts

const factNames = ['status', 'requestId', 'wwwAuthenticate', 'providerCode', 'body'] as const

/** The facts that are known, so that an error has no empty properties. */
export function knownFacts(details: ResponseFacts = {}): ResponseFacts {
  return Object.fromEntries(
    factNames.filter((name) => details[name] !== undefined).map((name) => [name, details[name]]),
  )
}
