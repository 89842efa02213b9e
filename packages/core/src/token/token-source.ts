import type { ClockOption, OriginClock } from '../base/clock.ts'
import type { OnEvent } from '../base/events.ts'
import type { Token } from './token.ts'
import type { TokenStore } from './token-store.ts'

/** What is known when a token has to be acquired. */
export interface AcquireContext {
  /** Epoch milliseconds, as the server counts them where that is known. */
  now: number
  /** Aborted when the exchange should end. */
  signal?: AbortSignal
}

/** A token as its acquirer returns it; `issuedAt` is the time of asking when it is left out. */
export type AcquiredToken = Omit<Token, 'issuedAt'> & Partial<Pick<Token, 'issuedAt'>>

/** Gets a new token; `previous` is the one it follows, with its refresh token, where there was one. */
export type AcquireToken = (previous: Token | undefined, context: AcquireContext) => Promise<AcquiredToken>

/** Exchanges under way, by cache key: shared by sources that share a store. */
export type InFlightTokens = Map<string, Promise<Token>>

/** Options of {@link createTokenSource}. */
export interface TokenSourceOptions {
  /** The provider's id, for events and errors. */
  id: string
  /** Every input that changes the token, secrets hashed before; the store sees a hash of it. */
  cacheKey?: (() => Promise<readonly string[]>) | undefined
  /** The origin whose clock judges the token. */
  origin: string
  tokenStore?: TokenStore | undefined
  clock?: ClockOption | OriginClock | undefined
  onEvent?: OnEvent | undefined
  /** `never` gives every request a token of its own. Default `until-expiry`. */
  reuse?: 'never' | 'until-expiry' | undefined
  /** Shared with the sources that use the same store, so that one exchange serves them all. */
  inFlight?: InFlightTokens | undefined
}

/** How a caller waits. */
export interface Waiting {
  /** Ends the wait with its reason; what is waited for goes on. */
  signal?: AbortSignal | null | undefined
}

/** Hands out one token until it must be renewed. */
export interface TokenSource {
  /** Whether one token serves many requests. */
  readonly reuse: boolean
  /** The token, when it can be used right now without waiting; begins a renewal when it is stale. */
  current(): Token | undefined
  /** A token that can be used: the current one, or the next as soon as it is there. */
  get(options?: Waiting): Promise<Token>
  /** Notes that the provider refused a token, so that the next call gets a different one. */
  refuse(rejected: Token): void
  /** A token other than the rejected one: the current one, when it has changed meanwhile, or a new one. */
  renew(rejected: Token, options?: Waiting): Promise<Token>
  /** Forgets the token, in the store too; the next call acquires another. */
  invalidate(): Promise<void>
}
