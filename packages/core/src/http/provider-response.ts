import type { Secret } from '../base/secret.ts'
import { createRedactor, redactBeginning } from '../errors/redact.ts'
import type { ResponseFactsInput } from '../errors/response-facts.ts'

/** A provider's own words in a refusal. */
export interface ProviderError {
  /** Its error code, such as `INVALID_SIGNATURE`. */
  code?: string | undefined
  /** Its sentence about it. */
  message?: string | undefined
}

/** Finds the provider's words in a parsed body, whatever that is. */
export type ReadProviderError = (body: unknown) => ProviderError | undefined

/**
 * Members of an error body by what they hold; of several, the first that is text is read. `error.code` is the member
 * `code` of the object `error`, and `errors.0.code` that of the first object in the list `errors`.
 */
export interface ProviderErrorMembers {
  code: readonly string[]
  message: readonly string[]
}

/**
 * Reads code and message from the members of a JSON error body. A body of another shape has neither.
 *
 * @example
 * ```ts
 * import { toProviderError } from '@countersign/core/provider'
 *
 * const readError = (body: unknown) => toProviderError(body, { code: ['error'], message: ['error_description'] })
 * // { "error": { "code": "expired", "message": "Too late." } }
 * const readNested = (body: unknown) => toProviderError(body, { code: ['error.code'], message: ['error.message'] })
 * ```
 */
export function toProviderError(body: unknown, { code, message }: ProviderErrorMembers): ProviderError {
  const text = (names: readonly string[]) =>
    names.map((name) => memberAt(body, name)).find((value) => typeof value === 'string')
  return { code: text(code), message: text(message) }
}

/** The member with this name, or at this path of names. */
function memberAt(body: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((value, name) => ((value ?? {}) as Readonly<Record<string, unknown>>)[name], body)
}

function readWords(body: unknown, readError: ReadProviderError | undefined): ProviderError {
  try {
    return readError?.(body) ?? {}
  } catch {
    // A body of another shape than expected has no words of the provider's.
    return {}
  }
}

function toJson(body: unknown): string | undefined {
  try {
    return JSON.stringify(body)
  } catch {
    // Nested too deeply to be written.
    return undefined
  }
}

const longestBody = 16_384
const longestSentence = 300

/** What an error says of a refusal and may keep of it, secrets masked. `what` is the request, such as `GET <URL>`. */
export function toResponseFacts(
  answer: { what: string; status: number; headers: Headers; body: unknown },
  readError: ReadProviderError | undefined,
  secrets: readonly (string | Secret)[],
): ResponseFactsInput & { problem: string } {
  const { what, status, headers, body } = answer
  const redact = createRedactor(secrets)
  const clean = (text: string | null | undefined, longest = longestSentence) =>
    text === null || text === undefined || text === '' ? undefined : redactBeginning(redact, text, longest)
  const { code, message } = readWords(body, readError)
  const providerCode = clean(typeof code === 'string' ? code : undefined)
  const sentence = clean(typeof message === 'string' ? message : undefined)
  const printable = (text: string) => text.replace(/\p{Cc}+/gu, ' ')
  const words = [
    providerCode,
    sentence === undefined ? undefined : `(${sentence.replace(/\.$/, '')})`,
  ].filter((word) => word !== undefined)
  const said = words.length === 0 ? '' : ` ${printable(words.join(' '))}`
  return {
    status,
    requestId: clean(headers.get('x-request-id')),
    wwwAuthenticate: clean(headers.get('www-authenticate')),
    providerCode,
    body: clean(typeof body === 'string' ? body : toJson(body), longestBody),
    problem: `${redact(what)} was answered ${status}${said}.`,
  }
}
