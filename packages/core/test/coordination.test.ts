import { createMemoryTokenStore, Secret, type Token } from '@countersign/core'
import type { TokenVersion } from '@countersign/core/provider'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'
import {
  afterClaim,
  afterExchange,
  afterPublish,
  afterSpend,
  afterWait,
  type Phase,
} from '../src/token/coordination.ts'
import { toTokenRecord } from '../src/token/token.ts'

/**
 * Every order of the steps of two renewals, on the source's own decisions and an atomic store. A step is one
 * operation of the store or of the provider; a renewal that gets no further turn has crashed.
 */

const key = 'key'
const leaseMs = 10_000
const lives = { ttlMs: 3_600_000, lifeMs: 600_000 }

type Turn = 'A' | 'B' | 'the lease ends' | 'everything is lost' | 'the answer is lost'

/** Single-use pairs; a refresh token that comes again is counted and refused, and issuing anew follows. */
function pairProvider() {
  const used = new Set<string>()
  const state = { reused: 0, issued: 0 }
  return Object.assign(state, {
    exchange(previous: Token | undefined): Token {
      const refreshToken = previous?.refreshToken?.reveal()
      if (refreshToken !== undefined && used.has(refreshToken)) state.reused += 1
      if (refreshToken !== undefined) used.add(refreshToken)
      const number = ++state.issued
      return {
        value: new Secret(`token-${number}`),
        scheme: 'Bearer',
        issuedAt: 0,
        expiresAt: 600_000,
        refreshToken: new Secret(`refresh-${number}`),
      }
    },
  })
}

async function scenario(startsWithPair: boolean) {
  const clock = createFixedClock()
  const store = createMemoryTokenStore({ clock })
  const provider = pairProvider()
  let known: TokenVersion | undefined
  if (startsWithPair) {
    const lease = { owner: 'before', version: { epoch: '', generation: 0 } }
    const claim = await store.claim(key, { owner: 'before', leaseMs })
    if (claim.outcome !== 'claimed') throw new Error('The store is not empty.')
    const record = toTokenRecord({ token: provider.exchange(undefined), generation: 0, spending: false })
    const published = await store.publish(key, { ...lease, version: claim.version }, record, lives)
    known = published.accepted ? published.version : undefined
  }
  return { clock, store, provider, known }
}

type Scenario = Awaited<ReturnType<typeof scenario>>

/** One renewal, which takes a step at each call; `isLost` says that the answer of the store does not arrive. */
function renewal({ store, provider, known }: Scenario, name: string) {
  let phase: Phase = { at: 'claim', known }
  let owners = 0
  let owner = `${name}0`
  const answer = <Value>(value: Value, isLost: boolean) => (isLost ? undefined : { value })
  return {
    phase: () => phase,
    async step(isLost: boolean): Promise<void> {
      switch (phase.at) {
        case 'claim': {
          const claim = await store.claim(key, { owner, leaseMs, known: phase.known })
          phase = afterClaim(phase, owner, answer(claim, isLost), { now: 0, usable: () => true })
          return
        }
        case 'wait':
          phase = afterWait(phase)
          return
        case 'spend':
          phase = afterSpend(phase, answer(await store.spend(key, phase.lease), isLost))
          if (phase.at === 'claim') owner = `${name}${++owners}`
          return
        case 'exchange':
          phase = afterExchange(phase, provider.exchange(phase.previous))
          owner = `${name}${++owners}`
          return
        case 'publish': {
          const { lease, own } = phase
          const record = toTokenRecord({ token: own, generation: 0, spending: false })
          phase = afterPublish(phase, answer(await store.publish(key, lease, record, lives), isLost))
          return
        }
        case 'alone':
          phase = {
            at: 'done',
            result: { token: provider.exchange(undefined), generation: 0, spending: true },
          }
      }
    },
  }
}

function* words(mostA: number, mostB: number): Generator<Turn[]> {
  yield []
  if (mostA > 0) for (const rest of words(mostA - 1, mostB)) yield ['A', ...rest]
  if (mostB > 0) for (const rest of words(mostA, mostB - 1)) yield ['B', ...rest]
}

function* schedules(): Generator<Turn[]> {
  for (const word of words(5, 4)) {
    yield word
    for (const event of ['the lease ends', 'everything is lost', 'the answer is lost'] as const)
      for (let at = 0; at <= word.length; at++) yield [...word.slice(0, at), event, ...word.slice(at)]
  }
}

async function play(turns: readonly Turn[], startsWithPair: boolean) {
  const fixture = await scenario(startsWithPair)
  const { clock, store, provider } = fixture
  const renewals = { A: renewal(fixture, 'A'), B: renewal(fixture, 'B') }
  const generations: { epoch?: string | undefined; generation?: number | undefined }[] = []
  let isLost = false
  for (const turn of turns) {
    if (turn === 'the lease ends') clock.advance(leaseMs + 1)
    else if (turn === 'everything is lost') await store.delete(key)
    else if (turn === 'the answer is lost') isLost = true
    else {
      await renewals[turn].step(isLost)
      isLost = false
    }
    const record = await store.get(key)
    if (record) generations.push(record)
  }
  return { provider, generations, renewals, store }
}

test.each([true, false])(
  'no order of two renewals presents a refresh token twice or replaces a newer record, starting with a pair: %s',
  async (startsWithPair) => {
    let count = 0
    const reached = new Set<string>()
    for (const turns of schedules()) {
      const { provider, generations, renewals } = await play(turns, startsWithPair)
      count += 1
      const told = turns.join(', ')
      expect(provider.reused, told).toBe(0)
      for (const [index, later] of generations.entries()) {
        const earlier = generations[index - 1]
        if (earlier?.epoch === later.epoch)
          expect(later.generation, told).toBeGreaterThanOrEqual(earlier?.generation ?? 0)
      }
      for (const { phase } of Object.values(renewals)) reached.add(phase().at)
    }
    expect(count).toBeGreaterThan(2_000)
    expect(reached).toContain('done')
    expect(reached).toContain('wait')
    if (startsWithPair) expect(reached).toContain('spend')
  },
)

test('whatever order came before, two renewals that run on end with the same token', async () => {
  for (const turns of schedules()) {
    if (turns.includes('everything is lost') || turns.includes('the answer is lost')) continue
    const { renewals, store } = await play(turns, true)
    // Both live on: their leases are not in the way for longer than they are used.
    for (let round = 0; round < 8; round++) for (const each of Object.values(renewals)) await each.step(false)
    const [one, other] = Object.values(renewals).map(({ phase }) => phase())
    const told = turns.join(', ')
    expect(one?.at, told).toBe('done')
    expect(other?.at, told).toBe('done')
    const record = await store.get(key)
    expect(record?.generation, told).toBeGreaterThan(1)
  }
})

test('a renewal whose publication was refused publishes again when nobody has won, and adopts otherwise', () => {
  const version = { epoch: 'e', generation: 1 }
  const lease = { owner: 'A', version }
  const own: Token = { value: new Secret('own'), scheme: 'Bearer', issuedAt: 0, expiresAt: 600_000 }
  const refused = afterPublish({ at: 'publish', lease, own, known: version }, { value: { accepted: false } })
  expect(refused).toEqual({ at: 'claim', known: version, own })
  if (refused.at !== 'claim') throw new Error('The renewal ended.')
  const judge = { now: 0, usable: () => true }
  const again = afterClaim(refused, 'B', { value: { outcome: 'claimed', version } }, judge)
  expect(again).toMatchObject({ at: 'publish', lease: { owner: 'B', version }, own })
  const won = { value: 'won', scheme: 'Bearer', issuedAt: 0, expiresAt: 600_000 }
  const adopted = afterClaim(
    refused,
    'B',
    { value: { outcome: 'record', record: won, version: { epoch: 'e', generation: 2 } } },
    judge,
  )
  expect(adopted).toMatchObject({ at: 'done', result: { generation: 2 } })
})

test.each<[string, TokenVersion | undefined, boolean, boolean]>([
  ['the known version', { epoch: 'e', generation: 4 }, false, true],
  ['no known version', undefined, false, true],
  ['an older known version', { epoch: 'e', generation: 3 }, false, true],
  ['a newer known version: the store lost writes', { epoch: 'e', generation: 5 }, false, false],
  ['another history', { epoch: 'f', generation: 4 }, false, false],
  ['the intent of another', { epoch: 'e', generation: 4 }, true, false],
])('the refresh token of generation 4 is presented, or not, with %s', (_what, known, spending, presents) => {
  const record = {
    value: 'a',
    scheme: 'Bearer',
    issuedAt: 0,
    expiresAt: 600_000,
    refreshToken: 'refresh',
    ...(spending ? { spending } : {}),
  }
  const claim = { outcome: 'claimed', version: { epoch: 'e', generation: 4 }, record } as const
  const phase = afterClaim({ at: 'claim', known }, 'A', { value: claim }, { now: 0, usable: () => true })
  expect(phase.at).toBe(presents ? 'spend' : 'exchange')
  const previous = phase.at === 'spend' || phase.at === 'exchange' ? phase.previous : undefined
  expect(previous?.refreshToken?.reveal()).toBe(presents ? 'refresh' : undefined)
})
