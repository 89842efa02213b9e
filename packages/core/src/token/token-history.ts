import type {
  Claim,
  ClaimOptions,
  CoordinatedTokenStore,
  Lease,
  Publication,
  SharedRefusal,
  TokenVersion,
} from './coordinated-store.ts'
import type { TokenRecord } from './token.ts'

/** What lasts for a time from a time on, both in milliseconds. */
interface Span {
  readonly at: number
  readonly forMs: number
}

/** All that a coordinated store keeps of one token: plain JSON that holds secrets. */
export interface TokenHistory {
  readonly version: TokenVersion
  /** The token, without its version and without `spending`. */
  readonly record?: TokenRecord | undefined
  /** How long the record is kept, and how long its access token lives. */
  readonly kept?: Span | undefined
  readonly life?: Span | undefined
  /** The owner whose publication the record is, and the one that may have presented its refresh token. */
  readonly publisher?: string | undefined
  readonly spender?: string | undefined
  readonly lease?: (Span & { readonly owner: string }) | undefined
  readonly refused?: (Span & { readonly refusal: SharedRefusal }) | undefined
}

/** What a step answers, and the history from then on; the same object when nothing changes. */
export interface HistoryStep<Answer> {
  readonly answer: Answer
  readonly history: TokenHistory | undefined
}

/** A place where histories are kept by key, for {@link createCoordinatedStore}. */
export interface HistoryPlace {
  /**
   * Hands the history of a key to `step`, or `undefined` when there is none that can be read, keeps the history that it
   * returns, and resolves with its answer. Nobody else may change the history in between; where a change is noticed
   * late, call `step` again.
   */
  update<Answer>(
    key: string,
    step: (history: TokenHistory | undefined) => HistoryStep<Answer>,
  ): Promise<Answer>
  /** The time that lives, leases and refusals are measured with, milliseconds. */
  now(): number
}

/** A record whose access token ends sooner is not handed over. */
const leastLifeMs = 5_000
/** Clocks of processes may differ by this; what is dated later than now by more counts as over. */
const slackMs = 1_000

/**
 * A {@link CoordinatedTokenStore} on any place that can change one entry atomically, such as a row of a database
 * that is locked while it is changed. Each operation is one update, and may be repeated by the same owner.
 *
 * @example
 * ```ts
 * import { createCoordinatedStore, type TokenHistory } from '@countersign/core/provider'
 *
 * const histories = new Map<string, TokenHistory | undefined>()
 * const tokenStore = createCoordinatedStore({
 *   now: Date.now,
 *   async update(key, step) {
 *     const { answer, history } = step(histories.get(key))
 *     histories.set(key, history)
 *     return answer
 *   },
 * })
 * ```
 */
export function createCoordinatedStore({ update, now }: HistoryPlace): CoordinatedTokenStore {
  /** Runs a step of the owner of a lease; without the lease the answer is `otherwise`. */
  function asHolder<Answer>(
    key: string,
    { owner, version }: Lease,
    otherwise: Answer,
    step: (history: TokenHistory, at: number) => HistoryStep<Answer>,
  ): Promise<Answer> {
    return update(key, (kept) => {
      const at = now()
      const history = current(kept, at)
      const holds = history.lease?.owner === owner && isSame(history.version, version)
      return holds ? step(history, at) : { answer: otherwise, history: kept }
    })
  }

  return {
    get: (key) => update(key, (kept) => ({ answer: toRecord(current(kept, now())), history: kept })),
    set: (key, record, { ttlMs }) =>
      update(key, (kept) => {
        const at = now()
        const history = current(kept, at)
        const { epoch, generation = 0 } = record
        if (epoch === history.version.epoch && generation < history.version.generation)
          return { answer: undefined, history: kept }
        const lives = { ttlMs, lifeMs: Math.min(ttlMs, record.expiresAt - record.issuedAt) }
        return { answer: undefined, history: successor(history, record, lives, at) }
      }),
    delete: (key) => update(key, () => ({ answer: undefined, history: undefined })),
    claim: (key, options) => update(key, (kept) => claim(kept, options, now())),
    spend: (key, lease) =>
      asHolder(key, lease, false, (history) => {
        const { record, spender = lease.owner } = history
        if (record === undefined || spender !== lease.owner) return { answer: false, history }
        return { answer: true, history: { ...history, spender } }
      }),
    publish: (key, lease, record, lives) =>
      update<Publication>(key, (kept) => {
        const at = now()
        const history = current(kept, at)
        const version = following(lease.version)
        const isHolder = history.lease?.owner === lease.owner
        if (!isHolder && history.publisher === lease.owner && isSame(history.version, version))
          return { answer: { accepted: true, version }, history: kept }
        if (!isHolder || !isSame(history.version, lease.version))
          return { answer: { accepted: false }, history: kept }
        const next = { ...successor(history, record, lives, at), publisher: lease.owner }
        return { answer: { accepted: true, version }, history: next }
      }),
    fail: (key, lease, options) =>
      asHolder(key, lease, undefined, ({ lease: _, ...history }, at) => {
        const refused = options && { refusal: options.refusal, at, forMs: options.refusalMs }
        return { answer: undefined, history: { ...history, ...(refused && { refused }) } }
      }),
    extend: (key, lease, { leaseMs }) =>
      asHolder(key, lease, false, (history, at) => ({
        answer: true,
        history: { ...history, lease: { owner: lease.owner, at, forMs: leaseMs } },
      })),
  }
}

function claim(
  kept: TokenHistory | undefined,
  { owner, leaseMs, known }: ClaimOptions,
  at: number,
): HistoryStep<Claim> {
  let history = current(kept, at)
  // The caller has had a later token: this one was presented already, and nobody may do that again.
  if (history.version.epoch === known?.epoch && history.version.generation < known.generation)
    history = { version: newVersion() }
  const { version, lease, refused } = history
  const record = toRecord(history)
  const lifeMs = leftOf(history.life, at)
  if (record !== undefined && isNewer(version, known) && lifeMs >= leastLifeMs)
    return { answer: { outcome: 'record', record, version, lifeMs }, history: kept }
  if (refused !== undefined) {
    const remainingMs = leftOf(refused, at)
    return { answer: { outcome: 'refused', refusal: refused.refusal, remainingMs }, history: kept }
  }
  if (lease !== undefined && lease.owner !== owner)
    return { answer: { outcome: 'held', remainingMs: leftOf(lease, at) }, history: kept }
  return {
    answer: { outcome: 'claimed', version, ...(record === undefined ? {} : { record }) },
    history: { ...history, lease: { owner, at, forMs: leaseMs } },
  }
}

/** The history as it is now: what is over is gone. */
function current(kept: TokenHistory | undefined, at: number): TokenHistory {
  if (kept === undefined) return { version: newVersion() }
  const { lease, refused, ...rest } = kept
  const isLost = kept.record !== undefined && at >= (kept.kept?.at ?? 0) + (kept.kept?.forMs ?? 0)
  const history = isLost ? { version: newVersion() } : rest
  return {
    ...history,
    ...(leftOf(lease, at) > 0 && !isLost && { lease }),
    ...(leftOf(refused, at) > 0 && { refused }),
  }
}

/** The next token of a history: it ends the lease and a refusal. */
function successor(
  { version }: TokenHistory,
  { spending: _spending, epoch: _epoch, generation: _generation, ...record }: TokenRecord,
  { ttlMs, lifeMs }: { ttlMs: number; lifeMs: number },
  at: number,
): TokenHistory {
  return { version: following(version), record, kept: { at, forMs: ttlMs }, life: { at, forMs: lifeMs } }
}

function toRecord({ record, version, spender }: TokenHistory): TokenRecord | undefined {
  return record && { ...record, ...version, ...(spender !== undefined && { spending: true }) }
}

/** What is left of a time, milliseconds; nothing when it began later than now: a clock was set back, or differs. */
function leftOf(span: Span | undefined, at: number): number {
  if (span === undefined || span.at > at + slackMs) return 0
  return Math.max(0, Math.min(span.forMs, span.at + span.forMs - at))
}

function newVersion(): TokenVersion {
  return { epoch: crypto.randomUUID(), generation: 0 }
}

function following({ epoch, generation }: TokenVersion): TokenVersion {
  return { epoch, generation: generation + 1 }
}

function isSame(one: TokenVersion, other: TokenVersion): boolean {
  return one.epoch === other.epoch && one.generation === other.generation
}

/** Whether a stored version is news to one who knows another; a different epoch always is. */
function isNewer(stored: TokenVersion, known: TokenVersion | undefined): boolean {
  return known === undefined || stored.epoch !== known.epoch || stored.generation > known.generation
}
