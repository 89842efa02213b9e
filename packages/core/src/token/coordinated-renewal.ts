import { untilAborted } from '../base/waiting.ts'
import type { CoordinatedTokenStore, Lease, SharedRefusal, TokenVersion } from './coordinated-store.ts'
import {
  afterClaim,
  afterExchange,
  afterPublish,
  afterSpend,
  afterWait,
  type Phase,
  versionOf,
} from './coordination.ts'
import { type Renewal, toTtlMs } from './renewal.ts'
import { type KnownToken, type Token, toTokenRecord, withoutRefreshToken } from './token.ts'

const leaseMs = 10_000
const extendEveryMs = 3_000
/** A lease is extended no longer than this: an exchange that takes longer will not end. */
const extendForMs = 45_000
/** A store that grants a lease and takes it back this often in a row contradicts itself: it is not asked again. */
const mostClaims = 5
/** A process that waits for another looks this often; a notification makes it look at once. */
const pollMs = 40

/** What differs between a renewal with a coordinated store and one with a simple store. */
export interface CoordinatedRenewal extends Renewal<CoordinatedTokenStore> {
  /** The refusal that other processes should throw too, if the error is one. */
  toRefusal(error: unknown): { refusal: SharedRefusal; refusalMs: number } | undefined
  /** The error that another process was given. */
  toError(refusal: SharedRefusal, remainingMs: number): unknown
}

/** Renews together with every other process that shares the store: one exchange, adopted by all. */
export async function renewTogether(renewal: CoordinatedRenewal): Promise<KnownToken> {
  const { key, store, ask, known, signal, usable } = renewal
  const news = watch(renewal)
  let owner = crypto.randomUUID()
  let claims = 0
  let phase: Phase = { at: 'claim', known: versionOf(known) }
  try {
    for (;;) {
      switch (phase.at) {
        case 'claim': {
          signal.throwIfAborted()
          claims += 1
          const answer = claims > mostClaims ? undefined : await claim(renewal, owner, phase.known)
          phase = afterClaim(phase, owner, answer, {
            now: renewal.now(),
            usable: (token) => usable(token) && isNews(token, known),
          })
          break
        }
        case 'wait': {
          await news.wait(Math.min(pollMs, Math.max(1, phase.remainingMs)))
          phase = afterWait(phase)
          claims = 0
          break
        }
        case 'spend': {
          const { lease } = phase
          phase = afterSpend(phase, await ask('spend', () => store.spend(key, lease)))
          if (phase.at === 'claim') {
            await ask('fail', () => store.fail(key, lease))
            owner = crypto.randomUUID()
          }
          break
        }
        case 'exchange': {
          phase = afterExchange(phase, await exchange(renewal, phase.lease, phase.previous))
          owner = crypto.randomUUID()
          break
        }
        case 'publish': {
          const { lease, own } = phase
          if (signal.aborted) await ask('fail', () => store.fail(key, lease))
          signal.throwIfAborted()
          const lifeMs = renewal.lifeMs(own)
          const lives = { ttlMs: toTtlMs(own, lifeMs), lifeMs }
          const record = toTokenRecord({ token: own, generation: lease.version.generation, spending: false })
          phase = afterPublish(phase, await ask('publish', () => store.publish(key, lease, record, lives)))
          owner = crypto.randomUUID()
          break
        }
        case 'alone': {
          const previous = known === undefined ? undefined : withoutRefreshToken(known.token)
          const token = await renewal.acquire(previous, signal)
          return { token, generation: 0, spending: true }
        }
        case 'refused':
          throw renewal.toError(phase.refusal, phase.remainingMs)
        case 'done':
          return phase.result
      }
    }
  } finally {
    news.end()
  }
}

/** A lease that is granted too late is given back: nobody would extend it. */
function claim({ key, store, ask }: CoordinatedRenewal, owner: string, known: TokenVersion | undefined) {
  return ask(
    'claim',
    () => store.claim(key, { owner, leaseMs, known }),
    (late) => (late.outcome === 'claimed' ? store.fail(key, { owner, version: late.version }) : undefined),
  )
}

/** A record with the token that this process wants to replace is not what it waits for. */
function isNews(token: Token, known: KnownToken | undefined): boolean {
  return known === undefined || token.value.reveal() !== known.token.value.reveal()
}

/** Exchanges and extends the lease meanwhile; `undefined` when the lease was lost. */
async function exchange(
  { key, store, ask, signal, acquire, toRefusal }: CoordinatedRenewal,
  lease: Lease,
  previous: Token | undefined,
): Promise<Token | undefined> {
  const abort = new AbortController()
  const follow = () => abort.abort(signal.reason)
  signal.addEventListener('abort', follow, { once: true })
  const until = performance.now() + extendForMs
  let timer: ReturnType<typeof setTimeout> | undefined
  let isOver = false
  const lost = new Promise<undefined>((resolve) => {
    const extendLater = () => {
      timer = setTimeout(async () => {
        const answer = await ask('extend', () => store.extend(key, lease, { leaseMs }))
        if (isOver) return
        if (answer?.value === false) {
          resolve(undefined)
          abort.abort()
        } else if (performance.now() < until) extendLater()
      }, extendEveryMs)
    }
    extendLater()
  })
  try {
    signal.throwIfAborted()
    return await Promise.race([untilAborted(acquire(previous, abort.signal), signal), lost])
  } catch (error) {
    isOver = true
    await ask('fail', () => store.fail(key, lease, toRefusal(error)))
    throw error
  } finally {
    isOver = true
    clearTimeout(timer)
    signal.removeEventListener('abort', follow)
  }
}

/** Waits that end early when the store has news of the key, or when the renewal is given up. */
function watch({ key, store, ask, signal }: CoordinatedRenewal) {
  let stop: (() => unknown) | undefined
  let wake: () => void = () => {}
  let ended = false
  let begun = false
  const listen = () => wake()
  const keep = (end: () => unknown) => {
    if (ended) void ask('watch', end)
    else stop = end
  }
  signal.addEventListener('abort', listen, { once: true })
  return {
    wait(milliseconds: number): Promise<void> {
      if (!begun && store.watch !== undefined) {
        begun = true
        const watching = ask(
          'watch',
          async () => store.watch?.(key, listen),
          (end) => end?.(),
        )
        watching.then((answer) => answer?.value !== undefined && keep(answer.value)).catch(() => undefined)
      }
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, milliseconds)
        wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    },
    end() {
      ended = true
      signal.removeEventListener('abort', listen)
      if (stop !== undefined) void ask('watch', stop)
    },
  }
}
