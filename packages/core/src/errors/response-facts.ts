/** What an error keeps of the response that caused it, secrets masked. */
export interface ResponseFacts {
  /** HTTP status of the response. */
  readonly status?: number
  /** The provider's `x-request-id`; quote it to their support. */
  readonly requestId?: string
  /** The response's `WWW-Authenticate`. */
  readonly wwwAuthenticate?: string
  /** The provider's own error code, such as `invalid_client`. */
  readonly providerCode?: string
  /** The response's body as text, at most 16 KiB of it. */
  readonly body?: string
}

/** The same as an argument. */
export type ResponseFactsInput = { [Name in keyof ResponseFacts]: ResponseFacts[Name] | undefined }

const factNames = ['status', 'requestId', 'wwwAuthenticate', 'providerCode', 'body'] as const

/** The facts that are known, so that an error has no empty properties. */
export function knownFacts(details: ResponseFactsInput = {}): ResponseFacts {
  return Object.fromEntries(
    factNames.filter((name) => details[name] !== undefined).map((name) => [name, details[name]]),
  )
}
