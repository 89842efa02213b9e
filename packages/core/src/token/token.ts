import { Secret } from '../base/secret.ts'

/** A token as callers get it. */
export interface Token {
  /** The token itself, hidden until revealed. */
  readonly value: Secret
  /** The word before it in the `Authorization` header, such as `Bearer`. */
  readonly scheme: string
  /** When it ends, epoch milliseconds. */
  readonly expiresAt: number
  /** When it began, epoch milliseconds. */
  readonly issuedAt: number
  /** What it can be renewed with, where the provider gives such a thing. */
  readonly refreshToken?: Secret
}

/** A token as a {@link TokenStore} keeps it: plain and serialisable, so a store must treat it as a secret. */
export interface TokenRecord {
  readonly value: string
  readonly scheme: string
  readonly expiresAt: number
  readonly issuedAt: number
  readonly refreshToken?: string
}

/** `fresh`: use it. `stale`: use it and renew it in the background. `expired`: wait for another. */
export type TokenState = 'fresh' | 'stale' | 'expired'

const expiredUnderMs = 5_000
const staleAtMostMs = 60_000
const stalePart = 0.1

/** The times at which the state of a token changes, epoch milliseconds. */
export interface TokenThresholds {
  /** From then on it is stale, unless it is expired already. */
  readonly staleAt: number
  /** After that it counts as expired. */
  readonly expiredAt: number
}

/**
 * The times at which the state of a token changes: stale 60 s before its end, or a tenth of its life when that is less;
 * expired when less than 5 s are left. A life of less than 50 s has no stale part.
 */
export function tokenThresholds({
  issuedAt,
  expiresAt,
}: Pick<Token, 'issuedAt' | 'expiresAt'>): TokenThresholds {
  const staleMs = Math.min(staleAtMostMs, (expiresAt - issuedAt) * stalePart)
  return { staleAt: expiresAt - staleMs, expiredAt: expiresAt - expiredUnderMs }
}

/** The state of a token at `now`, epoch milliseconds, as every token source judges it. */
export function tokenState(token: Pick<Token, 'issuedAt' | 'expiresAt'>, now: number): TokenState {
  const { staleAt, expiredAt } = tokenThresholds(token)
  if (now > expiredAt) return 'expired'
  return now >= staleAt ? 'stale' : 'fresh'
}

/** The value of the `Authorization` header. */
export function toAuthorization(token: Token): string {
  return `${token.scheme} ${token.value.reveal()}`
}

/** The plain form that a store keeps. */
export function toTokenRecord(token: Token): TokenRecord {
  const { scheme, expiresAt, issuedAt, refreshToken } = token
  const record = { value: token.value.reveal(), scheme, expiresAt, issuedAt }
  return refreshToken === undefined ? record : { ...record, refreshToken: refreshToken.reveal() }
}

const inHeader = /^[\x21-\x7e]+$/

/** The token in a store's record, or `undefined` when the record is not one of ours. */
export function fromTokenRecord(record: unknown): Token | undefined {
  const { value, scheme, expiresAt, issuedAt, refreshToken } = (record ?? {}) as Partial<TokenRecord>
  if (typeof value !== 'string' || typeof scheme !== 'string') return undefined
  if (!inHeader.test(value) || !inHeader.test(scheme)) return undefined
  if (!Number.isFinite(expiresAt) || !Number.isFinite(issuedAt)) return undefined
  const token = {
    value: new Secret(value),
    scheme,
    expiresAt: expiresAt as number,
    issuedAt: issuedAt as number,
  }
  return typeof refreshToken === 'string' ? { ...token, refreshToken: new Secret(refreshToken) } : token
}
