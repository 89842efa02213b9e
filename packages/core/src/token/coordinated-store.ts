import type { TokenRecord } from './token.ts'
import type { TokenStore } from './token-store.ts'

/** A place in the history of one token. Generations of different epochs cannot be compared. */
export interface TokenVersion {
  /** Random text, drawn when the history begins; another one means that a history was lost. */
  readonly epoch: string
  /** 0 before the first token, then one more for each token. */
  readonly generation: number
}

/** What {@link CoordinatedTokenStore.claim} is asked with. */
export interface ClaimOptions {
  /** Random text that identifies this attempt. A claim that is repeated by the owner of the lease is granted. */
  owner: string
  /** How long the lease lasts unless it is extended, milliseconds. */
  leaseMs: number
  /** The version that the caller has or was refused; only a newer record is handed over. */
  known?: TokenVersion | undefined
}

/** What a process needs to throw the error that another one was given: plain JSON, without a secret. */
export interface SharedRefusal {
  /** The error's code, such as `TOKEN_REQUEST_REJECTED`. */
  readonly code: string
  readonly problem: string
  readonly hint?: string
  /** HTTP status of the provider's response. */
  readonly status?: number
  /** The provider's own error code, such as `invalid_client`. */
  readonly providerCode?: string
}

/** What {@link CoordinatedTokenStore.claim} resolves with. */
export type Claim =
  /**
   * A record that is newer than the known version; its access token lives for at least 5 s. `lifeMs` is how
   * long it still lives by the store's clock; with it the clocks of processes may differ.
   */
  | {
      readonly outcome: 'record'
      readonly record: TokenRecord
      readonly version: TokenVersion
      readonly lifeMs?: number
    }
  /**
   * The lease is the caller's. `version` is the one to be spent, with generation 0 in a new history. `record`
   * is the token before, if there is one: its refresh token must not be presented when `spending` is set.
   */
  | { readonly outcome: 'claimed'; readonly version: TokenVersion; readonly record?: TokenRecord }
  /** Another process holds the lease, for at most `remainingMs`. */
  | { readonly outcome: 'held'; readonly remainingMs: number }
  /** The provider has just refused these credentials. */
  | { readonly outcome: 'refused'; readonly refusal: SharedRefusal; readonly remainingMs: number }

/** A claim that was granted. */
export interface Lease {
  /** The owner that claimed it. */
  readonly owner: string
  /** The version to be spent. */
  readonly version: TokenVersion
}

/** What {@link CoordinatedTokenStore.publish} resolves with. */
export type Publication =
  | { readonly accepted: true; readonly version: TokenVersion }
  | { readonly accepted: false }

/**
 * A {@link TokenStore} that processes share without exchanging a token twice and without presenting a
 * single-use refresh token twice. Each operation is one atomic step, and the store alone measures time. A
 * token source recognises it by `claim`.
 */
export interface CoordinatedTokenStore extends TokenStore {
  /** Hands over a newer record, or grants the lease, or says why neither is possible. */
  claim(key: string, options: ClaimOptions): Promise<Claim>
  /**
   * Writes into the stored record that its refresh token is about to be presented. `false`: the lease is lost
   * or the record is gone, and nothing may be presented.
   */
  spend(key: string, lease: Lease): Promise<boolean>
  /**
   * Stores a record as the next generation, releases the lease and notifies, if owner, epoch and generation
   * are still those of the lease. `ttlMs` is how long the record is kept, `lifeMs` how long its access token
   * lives. The store sets `epoch` and `generation` of the record, and removes `spending`.
   */
  publish(
    key: string,
    lease: Lease,
    record: TokenRecord,
    options: { ttlMs: number; lifeMs: number },
  ): Promise<Publication>
  /** Releases the lease; with `refusal`, every claim meets it for `refusalMs` milliseconds. */
  fail(key: string, lease: Lease, options?: { refusal: SharedRefusal; refusalMs: number }): Promise<void>
  /** Lets the lease last for `leaseMs` milliseconds from now. `false`: it is lost. */
  extend(key: string, lease: Lease, options: { leaseMs: number }): Promise<boolean>
  /**
   * Calls back when there may be news of a key: a hint that may be lost or doubled. Resolves with the function
   * that ends it.
   */
  watch?(key: string, listener: () => void): Promise<() => unknown>
}

/** Whether a store can coordinate processes. */
export function isCoordinated(store: TokenStore): store is CoordinatedTokenStore {
  return typeof (store as Partial<CoordinatedTokenStore>).claim === 'function'
}
