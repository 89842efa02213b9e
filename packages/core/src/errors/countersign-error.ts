import type { Secret } from '../base/secret.ts'
import type { ConfigError } from './config-error.ts'
import type { KeyError } from './key-error.ts'
import { redactCause } from './redact.ts'
import type { RequestError } from './request-error.ts'
import type { SigningError } from './signing-error.ts'
import type { TokenError } from './token-error.ts'
import type { VerificationError } from './verification-error.ts'

/** Two copies of this package may meet in one program; the brand holds for both. */
const brand = Symbol.for('countersign.error')

/** Every error that Countersign throws: `switch (error.code)` narrows it. */
export type AnyCountersignError =
  | ConfigError
  | KeyError
  | SigningError
  | TokenError
  | RequestError
  | VerificationError

/** Every error code; `docs/errors.md` gives meaning, cause and fix of each. */
export type ErrorCode = AnyCountersignError['code']

/** What every error is made from. */
export interface ErrorDetails {
  /** The provider's id, with which the message begins. */
  provider?: string | undefined
  /** What to do next; it ends the message and is kept as `hint`. */
  hint?: string | undefined
  /** Whether the same call may succeed when it is made again. Default false. */
  retryable?: boolean | undefined
  /** What was caught; only its name, code and redacted message are kept. */
  cause?: unknown
  /** Values to mask in the cause. */
  secrets?: readonly (string | Secret)[] | undefined
}

/** The base of all errors. Messages, causes and properties hold no secret. */
export class CountersignError<Code extends string = string> extends Error {
  /** Stable and documented; the message is for people and may change. */
  declare readonly code: Code
  /** The provider's id, where one is concerned. */
  declare readonly provider?: string
  /** Whether the same call may succeed when it is made again. */
  declare readonly retryable: boolean
  /** What to do next. */
  declare readonly hint?: string

  constructor(code: Code, problem: string, details: ErrorDetails = {}) {
    const { provider, hint, cause, secrets } = details
    super(`${provider ?? 'countersign'}: ${problem}${hint === undefined ? '' : ` ${hint}`}`)
    this.code = code
    this.retryable = details.retryable ?? false
    if (provider !== undefined) this.provider = provider
    if (hint !== undefined) this.hint = hint
    if (cause !== undefined) Object.defineProperty(this, 'cause', { value: redactCause(cause, secrets) })
    Object.defineProperty(this, brand, { value: true })
  }

  /** Whether a value is an error of Countersign, whichever copy of this package made it. */
  static isInstance(value: unknown): value is AnyCountersignError {
    return value instanceof Error && (value as { [brand]?: unknown })[brand] === true
  }

  static {
    Object.defineProperty(CountersignError.prototype, 'name', { value: 'CountersignError', writable: true })
  }
}
