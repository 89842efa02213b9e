import type { Claim, Lease, Publication, SharedRefusal, TokenVersion } from './coordinated-store.ts'
import { fromTokenRecord, type KnownToken, type Token, withoutRefreshToken } from './token.ts'

/**
 * Where a renewal with a coordinated store is. Each phase but the last three is one operation, of the store or
 * of the provider; the `after…` functions say what follows its outcome. Nothing here waits, reads a clock or
 * knows a store, so that every order of events can be tested.
 */
export type Phase =
  /** Ask for a newer record or the lease. `own` is a token whose publication was refused. */
  | { readonly at: 'claim'; readonly known?: TokenVersion | undefined; readonly own?: Token | undefined }
  /** Another process exchanges: ask again soon. */
  | {
      readonly at: 'wait'
      readonly remainingMs: number
      readonly known?: TokenVersion | undefined
      readonly own?: Token | undefined
    }
  /** Write the intent to present the refresh token of `previous`. */
  | {
      readonly at: 'spend'
      readonly lease: Lease
      readonly previous: Token
      readonly known?: TokenVersion | undefined
    }
  /** Exchange; present the refresh token of `previous` only if it still has one. */
  | {
      readonly at: 'exchange'
      readonly lease: Lease
      readonly previous: Token | undefined
      readonly known?: TokenVersion | undefined
    }
  | {
      readonly at: 'publish'
      readonly lease: Lease
      readonly own: Token
      readonly known?: TokenVersion | undefined
    }
  /** The store does not answer: exchange for this process alone. */
  | { readonly at: 'alone' }
  | { readonly at: 'refused'; readonly refusal: SharedRefusal; readonly remainingMs: number }
  | { readonly at: 'done'; readonly result: KnownToken }

type At<Name extends Phase['at']> = Extract<Phase, { at: Name }>

/** The answer of a store, or `undefined` when it gave none in time. */
type Answer<Value> = { readonly value: Value } | undefined

/** A token that only this process has: it is never compared with what a store has. */
function alone(token: Token): At<'done'> {
  return { at: 'done', result: { token, generation: 0, spending: true } }
}

/** The version of what a source knows, if it comes from a store that coordinates. */
export function versionOf(known: KnownToken | undefined): TokenVersion | undefined {
  return known?.epoch === undefined ? undefined : { epoch: known.epoch, generation: known.generation }
}

export function afterClaim(
  { known, own }: At<'claim'>,
  owner: string,
  answer: Answer<Claim>,
  { now, usable }: { now: number; usable(token: Token): boolean },
): Phase {
  if (answer === undefined) return own === undefined ? { at: 'alone' } : alone(own)
  const claim = answer.value
  switch (claim.outcome) {
    case 'record': {
      const { version } = claim
      const result = fromTokenRecord({ ...claim.record, ...version })
      if (result !== undefined) {
        const token = claim.lifeMs === undefined ? result.token : withLife(result.token, claim.lifeMs, now)
        if (usable(token)) return { at: 'done', result: { ...result, token } }
      }
      // By this process's judgement it cannot serve: it is the one to renew.
      return { at: 'claim', known: version, own }
    }
    case 'held':
      return { at: 'wait', remainingMs: claim.remainingMs, known, own }
    case 'refused':
      if (own !== undefined) return alone(own)
      return { at: 'refused', refusal: claim.refusal, remainingMs: claim.remainingMs }
    case 'claimed': {
      const lease: Lease = { owner, version: claim.version }
      if (own !== undefined) return { at: 'publish', lease, own, known }
      const previous = fromTokenRecord(claim.record)
      if (previous === undefined) return { at: 'exchange', lease, previous: undefined, known }
      if (mayPresent(previous, claim.version, known))
        return { at: 'spend', lease, previous: previous.token, known }
      return { at: 'exchange', lease, previous: withoutRefreshToken(previous.token), known }
    }
  }
}

export function afterWait({ known, own }: At<'wait'>): Phase {
  return { at: 'claim', known, own }
}

/** The token with its end by this process's clock: the one that got it may have another time. */
function withLife(token: Token, lifeMs: number, now: number): Token {
  const expiresAt = now + lifeMs
  return { ...token, expiresAt, issuedAt: expiresAt - (token.expiresAt - token.issuedAt) }
}

/**
 * Whether the refresh token of a stored record may be presented. A record of another history, or one older
 * than what this process has had, has been presented before: the store lost what came after.
 */
function mayPresent(previous: KnownToken, version: TokenVersion, known: TokenVersion | undefined): boolean {
  if (previous.token.refreshToken === undefined || previous.spending) return false
  return known === undefined || (known.epoch === version.epoch && known.generation <= version.generation)
}

export function afterSpend({ lease, previous, known }: At<'spend'>, answer: Answer<boolean>): Phase {
  // Without an answer the intent may have been written or not: it counts as written by another.
  if (answer === undefined) return { at: 'exchange', lease, previous: withoutRefreshToken(previous), known }
  return answer.value ? { at: 'exchange', lease, previous, known } : { at: 'claim', known }
}

/** `token` is `undefined` when the lease was lost meanwhile. */
export function afterExchange({ lease, known }: At<'exchange'>, token: Token | undefined): Phase {
  return token === undefined ? { at: 'claim', known } : { at: 'publish', lease, own: token, known }
}

export function afterPublish({ own, known }: At<'publish'>, answer: Answer<Publication>): Phase {
  if (answer === undefined) return alone(own)
  if (!answer.value.accepted) return { at: 'claim', known, own }
  return { at: 'done', result: { token: own, spending: false, ...answer.value.version } }
}
