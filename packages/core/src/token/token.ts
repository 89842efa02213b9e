import { isInSeconds } from '../base/clock.ts'
import { isSecret, Secret } from '../base/secret.ts'
import { TokenError } from '../errors/token-error.ts'

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
  /** The number of this token in its history, counted from 1; assigned by the token source or the store. */
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
 * that is less; expired when less than 5 s are left. A life of less than 50 s has no stale part. `delay`, from 0
 * to 1, moves the first time later by that part of the first half: token sources draw it at random, so that
 * many processes with the same token do not renew it at once.
 *
 * @example
 * ```ts
 * import { tokenThresholds } from '@countersign/core/provider'
 *
 * const { staleAt, expiredAt } = tokenThresholds({ issuedAt: 0, expiresAt: 300_000 }) // 270_000, 295_000
 * ```
 */
export function tokenThresholds(
  { issuedAt, expiresAt }: Pick<Token, 'issuedAt' | 'expiresAt'>,
  delay = 0,
): TokenThresholds {
  const staleMs = Math.min(staleAtMostMs, (expiresAt - issuedAt) * stalePart)
  return { staleAt: expiresAt - staleMs * (1 - delay / 2), expiredAt: expiresAt - expiredUnderMs }
}

/**
 * The state of a token at `now`, epoch milliseconds, as token sources compute it, without their random delay.
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
  if (hasExpired(token, now)) return 'expired'
  return now >= tokenThresholds(token).staleAt ? 'stale' : 'fresh'
}

/** Whether a token counts as expired at `now`, epoch milliseconds. */
export function hasExpired({ expiresAt }: Pick<Token, 'expiresAt'>, now: number): boolean {
  return now > expiresAt - expiredUnderMs
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

/** A token as an `AcquireToken` returns it. Default of `issuedAt`: the time at which that was called. */
export type AcquiredToken = Omit<Token, 'issuedAt'> & Partial<Pick<Token, 'issuedAt'>>

/** What the value and the scheme of a token consist of. */
export const inHeader: RegExp = /^[\x21-\x7e]+$/

/**
 * The token that was acquired, with `issuedAt`.
 *
 * @throws {TokenError} `TOKEN_RESPONSE_INVALID` for one that no request could carry or whose end is not known.
 */
export function checkAcquired(acquired: AcquiredToken, asked: number, provider: string): Token {
  const problem = describeFault(acquired)
  if (problem !== undefined)
    throw new TokenError('TOKEN_RESPONSE_INVALID', `The acquired token cannot be used: ${problem}.`, {
      provider,
      hint: 'An `AcquireToken` must return a `Secret` as `value` and epoch milliseconds as `expiresAt`.',
    })
  return acquired.issuedAt === undefined ? { ...acquired, issuedAt: asked } : (acquired as Token)
}

/** For code without types: what is wrong with a token, without its value. */
function describeFault(acquired: unknown): string | undefined {
  if (typeof acquired !== 'object' || acquired === null) return 'it is not an object'
  const { value, scheme, expiresAt, issuedAt, refreshToken } = acquired as Record<string, unknown>
  if (!isSecret(value)) return '`value` is not a Secret'
  if (!inHeader.test(value.reveal())) return '`value` is empty or not allowed in a header'
  if (typeof scheme !== 'string' || !inHeader.test(scheme)) return '`scheme` is not allowed in a header'
  if (refreshToken !== undefined && !isSecret(refreshToken)) return '`refreshToken` is not a Secret'
  return (
    describeTime('expiresAt', expiresAt) ??
    (issuedAt === undefined ? undefined : describeTime('issuedAt', issuedAt))
  )
}

function describeTime(name: string, time: unknown): string | undefined {
  if (typeof time !== 'number' || !Number.isFinite(time)) return `\`${name}\` is not a finite number`
  return isInSeconds(time) ? `\`${name}\` is in seconds, not in milliseconds` : undefined
}

/** A token with its place in its history, as a token source keeps it. */
export interface KnownToken {
  readonly token: Token
  readonly generation: number
  /** The history that the generation counts in; stores that coordinate processes have one. */
  readonly epoch?: string | undefined
  /** Whether its refresh token may have been presented already. */
  readonly spending: boolean
}

/** A token whose refresh token must not be presented. */
export function withoutRefreshToken(token: Token): Token {
  const { refreshToken: _, ...rest } = token
  return rest
}

/** The record of a token, for a store. */
export function toTokenRecord({ token, generation, epoch, spending }: KnownToken): TokenRecord {
  const { scheme, expiresAt, issuedAt, refreshToken, origin } = token
  return {
    value: token.value.reveal(),
    scheme,
    expiresAt,
    issuedAt,
    ...(origin === undefined ? {} : { origin }),
    ...(refreshToken === undefined ? {} : { refreshToken: refreshToken.reveal() }),
    ...(epoch === undefined ? {} : { epoch }),
    generation,
    ...(spending ? { spending } : {}),
  }
}

/** Whether this is an origin, as addresses are compared. */
function isOrigin(text: unknown): text is string {
  return typeof text === 'string' && URL.canParse(text) && new URL(text).origin === text
}

/** The token in a store's record, or `undefined` when the record is not one of ours. */
export function fromTokenRecord(record: unknown): KnownToken | undefined {
  const found = (record ?? {}) as Partial<TokenRecord>
  const { value, scheme, expiresAt, issuedAt, refreshToken, origin } = found
  const { generation = 0, epoch, spending = false } = found
  if (typeof value !== 'string' || typeof scheme !== 'string') return undefined
  if (!inHeader.test(value) || !inHeader.test(scheme)) return undefined
  if (!Number.isFinite(expiresAt) || !Number.isFinite(issuedAt) || !Number.isFinite(generation))
    return undefined
  if (origin !== undefined && !isOrigin(origin)) return undefined
  const token = {
    value: new Secret(value),
    scheme,
    expiresAt: expiresAt as number,
    issuedAt: issuedAt as number,
    ...(origin !== undefined && { origin }),
  }
  return {
    token: typeof refreshToken === 'string' ? { ...token, refreshToken: new Secret(refreshToken) } : token,
    generation,
    ...(typeof epoch === 'string' ? { epoch } : {}),
    spending: spending !== false,
  }
}
