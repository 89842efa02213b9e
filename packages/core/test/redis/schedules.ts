import type { TokenRecord } from '@countersign/core'
import { createRedisTokenStore } from '@countersign/core/redis'
import type { Claim, TokenVersion } from '../../src/token/coordinated-store.ts'
import {
  afterClaim,
  afterExchange,
  afterPublish,
  afterSpend,
  afterWait,
  type Phase,
} from '../../src/token/coordination.ts'
import { fromTokenRecord, toTokenRecord } from '../../src/token/token.ts'
import { createModel, type ModelEvent } from './model.ts'

/** Who takes the next step, or what happens before it. A client that is not named any more has crashed. */
export type Turn = 'A' | 'B' | ModelEvent

/** How the clients and the provider of a schedule behave. */
export interface Setting {
  title: string
  /** What the store holds at the start: a token with a single-use refresh token, or nothing. */
  start: 'pair' | 'empty'
  /** Most steps of each client. */
  steps: number
  events: readonly ModelEvent[]
  /** The provider refuses the credentials. */
  refuses?: boolean
  /** The clients do not heed an intent that they are shown. */
  careless?: boolean
  /** The lease is extended before the exchange. */
  extends?: boolean
  /** Each command is sent twice, as clients do that lost a reply. */
  repeats?: boolean
}

export const settings: readonly Setting[] = [
  { title: 'a stored pair, a lease that ends', start: 'pair', steps: 4, events: ['lease ends'] },
  {
    title: 'a stored pair, a server that loses all',
    start: 'pair',
    steps: 4,
    events: ['everything is lost'],
  },
  {
    title: 'a stored pair, a server that loses the intent',
    start: 'pair',
    steps: 5,
    events: ['intent is lost'],
  },
  {
    title: 'a stored pair, a server that loses a publication',
    start: 'pair',
    steps: 4,
    events: ['publication is lost'],
  },
  { title: 'an empty store, a lease that ends', start: 'empty', steps: 4, events: ['lease ends'] },
  {
    title: 'clients that do not heed an intent',
    start: 'pair',
    steps: 4,
    events: ['lease ends'],
    careless: true,
  },
  {
    title: 'commands that are sent twice',
    start: 'pair',
    steps: 4,
    events: ['lease ends'],
    repeats: true,
  },
  {
    title: 'credentials that are refused',
    start: 'empty',
    steps: 4,
    events: ['lease ends'],
    refuses: true,
  },
  { title: 'a lease that is extended', start: 'pair', steps: 5, events: ['lease ends'], extends: true },
]

/**
 * Every order of up to so many steps of two clients, with each event at each place and with none. The clients are
 * alike, so A is the first.
 */
export function* generateSchedules({ steps, events }: Setting): Generator<Turn[]> {
  for (const rest of words(steps - 1, steps)) {
    const word: Turn[] = ['A', ...rest]
    yield word
    for (const event of events) {
      for (let at = 0; at <= word.length; at++) yield [...word.slice(0, at), event, ...word.slice(at)]
    }
  }
}

function* words(mostA: number, mostB: number): Generator<Turn[]> {
  yield []
  if (mostA > 0) for (const rest of words(mostA - 1, mostB)) yield ['A', ...rest]
  if (mostB > 0) for (const rest of words(mostA, mostB - 1)) yield ['B', ...rest]
}

/** A provider whose refresh tokens work once; it counts what is presented again. */
export function createPairProvider({ refuses = false } = {}) {
  const used = new Set<string>()
  let issued = 0
  const next = () => {
    issued++
    return {
      value: `t${issued}`,
      scheme: 'Bearer',
      issuedAt: 0,
      expiresAt: 300_000,
      refreshToken: `r${issued}`,
    }
  }
  return {
    reused: 0,
    exchanges: 0,
    issue(): TokenRecord | undefined {
      this.exchanges++
      return refuses ? undefined : next()
    },
    present(refreshToken: string): TokenRecord | undefined {
      this.exchanges++
      if (used.has(refreshToken)) {
        this.reused++
        return undefined
      }
      used.add(refreshToken)
      return next()
    },
  }
}

/** A provider, near or far. */
export interface PairProvider {
  issue(): TokenRecord | undefined | Promise<TokenRecord | undefined>
  present(refreshToken: string): TokenRecord | undefined | Promise<TokenRecord | undefined>
}

type Store = ReturnType<typeof createRedisTokenStore>

/**
 * One renewal, a step at a time: what is between two `yield`s is done without a break. What follows each step is
 * decided by the functions that decide it in a token source.
 */
export async function* renewal(
  store: Store,
  provider: PairProvider,
  owner: string,
  known: TokenVersion | undefined,
  { extends: extending = false, careless = false }: Partial<Setting> = {},
): AsyncGenerator<undefined, TokenRecord | 'refused' | undefined> {
  let phase: Phase = { at: 'claim', known }
  for (let step = 1; ; step++) {
    switch (phase.at) {
      case 'claim': {
        const name = `${owner}${step}`
        const claim = await store.claim(key, { owner: name, leaseMs, known: phase.known })
        const value = toJudged(claim, careless)
        phase = afterClaim(phase, name, { value }, { now: 0, usable: () => true })
        break
      }
      case 'wait':
        phase = afterWait(phase)
        continue
      case 'spend': {
        const { lease } = phase
        const spent = await store.spend(key, lease)
        // A careless client claims again and again what it may not present.
        phase = afterSpend(phase, careless && !spent ? undefined : { value: spent })
        if (phase.at === 'claim') await store.fail(key, lease)
        break
      }
      case 'exchange': {
        const { lease, previous } = phase
        if (extending) {
          const extended = await store.extend(key, lease, { leaseMs })
          yield
          if (!extended) {
            phase = afterExchange(phase, undefined)
            continue
          }
        }
        const refreshToken = previous?.refreshToken?.reveal()
        let record = await (refreshToken === undefined ? provider.issue() : provider.present(refreshToken))
        if (record === undefined && refreshToken !== undefined) {
          yield
          record = await provider.issue()
        }
        if (record === undefined) {
          yield
          const refusal = { code: 'TOKEN_REQUEST_REJECTED', problem: 'No.' }
          await store.fail(key, lease, { refusal, refusalMs: leaseMs })
          return 'refused'
        }
        phase = afterExchange(phase, fromTokenRecord(record)?.token)
        break
      }
      case 'publish': {
        const { lease, own } = phase
        const record = toTokenRecord({ token: own, generation: lease.version.generation, spending: false })
        const value = await store.publish(key, lease, record, { ttlMs: 900_000, lifeMs: 300_000 })
        phase = afterPublish(phase, { value })
        break
      }
      default:
        return undefined
    }
    if (phase.at === 'done') return toTokenRecord(phase.result)
    if (phase.at === 'refused') return 'refused'
    yield
  }
}

/** No time passes in a schedule, and a careless client does not see an intent. */
function toJudged(claim: Claim, careless: boolean): Claim {
  if (claim.outcome === 'record') return { outcome: 'record', record: claim.record, version: claim.version }
  if (!careless || claim.outcome !== 'claimed' || claim.record === undefined) return claim
  const { spending: _, ...record } = claim.record
  return { ...claim, record }
}

const leaseMs = 600_000

/** The one token of these tests, and what seals it. */
export const key = 'key'
export const encryptionKey = new Uint8Array(32).fill(7)

/** Runs a schedule on the model, then lets every lease end and a third and a fourth client finish. */
export async function runSchedule(setting: Setting, schedule: readonly Turn[]) {
  const model = createModel()
  const provider = createPairProvider(setting)
  const store = createRedisTokenStore({ client: model.run, encryptionKey })
  const twice: Store = setting.repeats
    ? createRedisTokenStore({
        client: async (...call) => {
          await model.run(...call)
          return model.run(...call)
        },
        encryptionKey,
      })
    : store
  const problems: string[] = []
  let known: TokenVersion | undefined
  if (setting.start === 'pair') {
    const lease = await store.claim(key, { owner: 'first', leaseMs: 600_000 })
    if (lease.outcome !== 'claimed') throw new Error(lease.outcome)
    const first = provider.issue() as TokenRecord
    const published = await store.publish(key, { owner: 'first', version: lease.version }, first, {
      ttlMs: 900_000,
      lifeMs: 300_000,
    })
    if (published.accepted) known = published.version
  }
  const seen: TokenVersion[] = []
  /** The last token that any process was given, whatever the server has lost. */
  let newest = known
  /** G3: a generation never falls within its epoch, and an epoch that was left does not return. */
  const watch = () => {
    const { token } = model.state
    const last = seen.at(-1)
    if (!token || (last?.epoch === token.epoch && last.generation === token.generation)) return
    if (last?.epoch === token.epoch && token.generation < last.generation)
      problems.push('an older record won')
    if (last?.epoch !== token.epoch && seen.some(({ epoch }) => epoch === token.epoch))
      problems.push('an epoch returned')
    newest = { epoch: token.epoch, generation: token.generation }
    seen.push(newest)
  }
  const runs = {
    A: renewal(twice, provider, 'A', known, setting),
    B: renewal(twice, provider, 'B', known, setting),
  }
  watch()
  for (const turn of schedule) {
    if (turn === 'A' || turn === 'B') await runs[turn].next()
    else {
      const before = model.state.token?.generation
      model.happen(turn)
      if (model.state.token?.generation !== before && turn === 'publication is lost') seen.pop()
    }
    watch()
  }
  model.happen('lease ends')
  const finish = async (owner: string) => {
    const run = renewal(store, provider, owner, owner === 'C' ? newest : undefined)
    for (let turn = 0; turn < 20; turn++) {
      const { done, value } = await run.next()
      watch()
      if (done) return value
    }
    problems.push(`${owner} does not finish`)
    return undefined
  }
  const third = await finish('C')
  const exchanges = provider.exchanges
  const fourth = await finish('D')
  if (provider.exchanges !== exchanges) problems.push('a fourth client exchanged a token that the third had')
  if (
    !setting.refuses &&
    (typeof third !== 'object' || typeof fourth !== 'object' || third.value !== fourth.value)
  )
    problems.push('the third and the fourth client do not share a token')
  // A process that saw what was lost presents nothing; one that did not has one attempt refused.
  const lost = schedule.findIndex((turn) => turn === 'intent is lost' || turn === 'publication is lost')
  const unaware = schedule[lost] === 'intent is lost' || schedule.slice(lost + 1).length > 0
  const allowed = lost >= 0 && unaware ? 1 : 0
  if (provider.reused > allowed) problems.push(`${provider.reused} refresh tokens were presented again`)
  return { model, problems }
}
