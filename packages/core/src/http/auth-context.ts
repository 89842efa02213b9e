import type { OriginClock } from '../base/clock.ts'
import type { OnEvent } from '../base/events.ts'
import type { Secret } from '../base/secret.ts'
import type { Token } from '../token/token.ts'

/** What the parts of one Auth share. */
export interface AuthContext {
  /** The provider's id. */
  readonly id: string
  /** Where credentials may go. */
  readonly origins: ReadonlySet<string>
  readonly fetch: typeof fetch | undefined
  readonly clock: OriginClock
  /** The origin under which the provider's time is known. */
  readonly clockOrigin: string
  readonly onEvent: OnEvent | undefined
  /** Compares a refusal's `Date` with our time and follows it where it differs. */
  learnClock(url: URL, refusal: Response): void
  /** Remembers a token for as long as an answer may echo it. */
  used(token: Token): void
  /** Remembers a proof for as long as an answer may echo it. */
  proved(proof: Headers): void
  /** Values to mask in errors. */
  secrets(): readonly (string | Secret)[]
}
