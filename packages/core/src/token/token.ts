import { Secret } from '../base/secret.ts'

/** A token as callers get it. */
export interface Token {
  /** The token itself, hidden until revealed. */
  readonly value: Secret
  /** The scheme of the `Authorization` header, such as `Bearer`. */
  readonly scheme: string
  /** When it expires, epoch milliseconds. */
  readonly expiresAt: number
  /** When it was issued, epoch milliseconds. */
  readonly issuedAt: number
  /** The refresh token, if the provider issued one. */
  readonly refreshToken?: Secret
  /** The origin of the API that the token is for, if the token response names it. */
  readonly origin?: string
}

/** A token as a {@link TokenStore} keeps it: plain and serialisable, so a store must treat it as a secret. */
export interface TokenRecord {
  readonly value: string
  readonly scheme: string
  readonly expiresAt: number
  readonly issuedAt: number
  readonly refreshToken?: string
  readonly origin?: string
  /** How many tokens of this history came before, and this one; assigned by the token source or the store. */
  readonly generation?: number
  /** The history that the generation counts in; assigned by stores that coordinate processes. */
  readonly epoch?: string
  /** Set before a single-use refresh token is presented: nobody may present it again. */
  readonly spending?: boolean
}

/** `fresh`: use it. `stale`: use it and renew it in the background. `expired`: wait for another. */
export type TokenState = 'fresh' | 'stale' | 'expired'

const expiredUnderMs = 5_000
const staleAtMostMs = 60_000
const stalePart = 0.1

/** The times at which the state of a token changes, epoch milliseconds. */
export interface TokenThresholds {
  /** From this time it is stale. */
  readonly staleAt: number
  /** After this time it counts as expired. */
  readonly expiredAt: number
}

/**
 * The times at which the state of a token changes: stale 60 s before its end, or a tenth of its life when
 * that is less;
 * expired when less than 5 s are left. A life of less than 50 s has no stale part.
 *
 * @example
 * ```ts
 * import { tokenThresholds } from '@countersign/core/provider'
 *
 * const { staleAt, expiredAt } = tokenThresholds({ issuedAt: 0, expiresAt: 300_000 }) // 270_000, 295_000
 * ```
 */
export function tokenThresholds({
  issuedAt,
  expiresAt,
}: Pick<Token, 'issuedAt' | 'expiresAt'>): TokenThresholds {
  const staleMs = Math.min(staleAtMostMs, (expiresAt - issuedAt) * stalePart)
  return { staleAt: expiresAt - staleMs, expiredAt: expiresAt - expiredUnderMs }
}

/**
 * The state of a token at `now`, epoch milliseconds, as every token source computes it.
 *
 * @example
 * ```ts
 * import { tokenState } from '@countersign/core/provider'
 *
 * const now = Date.now()
 * const state = tokenState({ issuedAt: now, expiresAt: now + 300_000 }, now) // 'fresh'
 * ```
 */
export function tokenState(token: Pick<Token, 'issuedAt' | 'expiresAt'>, now: number): TokenState {
  const { staleAt, expiredAt } = tokenThresholds(token)
  if (now > expiredAt) return 'expired'
  return now >= staleAt ? 'stale' : 'fresh'
}

/**
 * The value of the `Authorization` header.
 *
 * @example
 * ```ts
 * import type { Token } from '@countersign/core'
 * import { toAuthorization } from '@countersign/core/provider'
 *
 * declare const token: Token
 * const header = toAuthorization(token) // 'Bearer abc'
 * ```
 */
export function toAuthorization(token: Token): string {
  return `${token.scheme} ${token.value.reveal()}`
}

/** The record of a token, for a store. */
export function toTokenRecord(token: Token): TokenRecord {
  const { scheme, expiresAt, issuedAt, refreshToken, origin } = token
  const record = { value: token.value.reveal(), scheme, expiresAt, issuedAt, ...(origin && { origin }) }
  return refreshToken === undefined ? record : { ...record, refreshToken: refreshToken.reveal() }
}

const inHeader = /^[\x21-\x7e]+$/

/** The token in a store's record, or `undefined` when the record is not one of ours. */
export function fromTokenRecord(record: unknown): Token | undefined {
  const { value, scheme, expiresAt, issuedAt, refreshToken, origin } = (record ?? {}) as Partial<TokenRecord>
  if (typeof value !== 'string' || typeof scheme !== 'string') return undefined
  if (!inHeader.test(value) || !inHeader.test(scheme)) return undefined
  if (!Number.isFinite(expiresAt) || !Number.isFinite(issuedAt)) return undefined
  const token = {
    value: new Secret(value),
    scheme,
    expiresAt: expiresAt as number,
    issuedAt: issuedAt as number,
    ...(typeof origin === 'string' && { origin }),
  }
  return typeof refreshToken === 'string' ? { ...token, refreshToken: new Secret(refreshToken) } : token
}
