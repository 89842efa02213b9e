import type { Secret } from '../base/secret.ts'
import type {
  ConfigErrorCode,
  KeyErrorCode,
  RequestErrorCode,
  SigningErrorCode,
  TokenErrorCode,
  VerificationErrorCode,
} from './codes.ts'
import { createRedactor, redactCause } from './redact.ts'
import type { ResponseFacts } from './response-facts.ts'

/** One program may contain two copies of this package, and two realms; the brand is the same in all of them. */
const brand = Symbol.for('countersign.error')

/** Any error that Countersign throws; `switch (error.code)` narrows it. */
export type AnyCountersignError =
  | Named<'ConfigError', ConfigErrorCode>
  | Named<'KeyError', KeyErrorCode>
  | Named<'SigningError', SigningErrorCode>
  | (Named<'TokenError', TokenErrorCode> & ResponseFacts)
  | (Named<'RequestError', RequestErrorCode> & ResponseFacts & { readonly endpoint?: 'token' })
  | Named<'VerificationError', VerificationErrorCode>

/** An instance of the class `Name`. The classes import this file, so it does not import them. */
interface Named<Name extends string, Code extends string> extends CountersignError<Code> {
  readonly name: Name
}

/** The details that every error accepts. */
export interface ErrorDetails {
  /** The provider's id; the message begins with it. */
  provider?: string | undefined
  /** What to do next: whole sentences. The message ends with them. */
  hint?: string | undefined
  /** Whether the same call may succeed when it is made again. Default false. */
  retryable?: boolean | undefined
  /** The error that was caught; only its name, code and redacted message are kept. */
  cause?: unknown
  /** Values to mask in problem, hint and cause. */
  secrets?: readonly (string | Secret)[] | undefined
}

/** Text that may name what a caller passed, such as a URL, shows no secret that is known. */
function masker(secrets: ErrorDetails['secrets'] = []): (text: string) => string {
  return secrets.length === 0 ? (text) => text : createRedactor(secrets)
}

/**
 * The base of all errors. Messages, causes and properties contain no secret.
 *
 * @example
 * ```ts
 * import { CountersignError } from '@countersign/core'
 *
 * declare const load: () => Promise<unknown>
 * await load().catch((error: unknown) => {
 *   if (!CountersignError.isInstance(error)) throw error
 *   console.error(error.code, error.problem, error.hint, error.retryable)
 * })
 * ```
 */
export class CountersignError<Code extends string = string> extends Error {
  /** Stable and documented; the message is for people and may change. */
  declare readonly code: Code
  /** The provider's id, if the error concerns one. */
  declare readonly provider?: string
  /** What is wrong: a sentence. `message` is `<provider>: <problem> <hint>`. */
  declare readonly problem: string
  /** What to do next. */
  declare readonly hint?: string
  /** Whether the same call may succeed when it is made again. */
  declare readonly retryable: boolean

  constructor(code: Code, problem: string, details: ErrorDetails = {}) {
    const { provider, cause, secrets } = details
    const masked = masker(secrets)
    const said = masked(problem)
    const hint = details.hint === undefined ? undefined : masked(details.hint)
    super(`${provider ?? 'countersign'}: ${said}${hint === undefined ? '' : ` ${hint}`}`)
    this.code = code
    if (provider !== undefined) this.provider = provider
    this.problem = said
    if (hint !== undefined) this.hint = hint
    this.retryable = details.retryable ?? false
    if (cause !== undefined) Object.defineProperty(this, 'cause', { value: redactCause(cause, secrets) })
    Object.defineProperty(this, brand, { value: true })
  }

  /** Whether a value is an error of Countersign, whichever copy of this package and whichever realm made it. */
  static isInstance(value: unknown): value is AnyCountersignError {
    return typeof value === 'object' && value !== null && (value as { [brand]?: unknown })[brand] === true
  }

  static {
    Object.defineProperty(CountersignError.prototype, 'name', { value: 'CountersignError', writable: true })
  }
}

/** The code of a failure, for events: `UNEXPECTED` for an error that is not Countersign's. */
export function failureCode(error: unknown): string {
  return CountersignError.isInstance(error) ? error.code : 'UNEXPECTED'
}
