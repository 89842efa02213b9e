import { Secret } from '@countersign/core'
import { createTokenSourceFamily, tokenThresholds } from '@countersign/core/provider'
import { createFixedClock } from '@countersign/testing'
import { expect, test } from 'vitest'

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const lifeMs = 3_600_000
/** The first half of the last 60 s. */
const windowMs = 30_000

test('ten thousand workers with one token begin their renewals evenly over the first half of the stale part', async () => {
  const clock = createFixedClock()
  const start = clock.now()
  const record = { value: 'shared', scheme: 'Bearer', issuedAt: start, expiresAt: start + lifeMs }
  const begun = new Set<number>()
  const workers = 10_000
  const create = createTokenSourceFamily<number>({
    id: 'fake',
    origin: 'https://fake.example',
    clock,
    random: seeded(20_260_102),
    tokenStore: { get: () => record, set: () => undefined, delete: () => undefined },
    cacheKey: async (worker) => [String(worker)],
    acquire(worker) {
      begun.add(worker)
      return new Promise(() => undefined)
    },
  })
  const sources = Array.from({ length: workers }, (_, worker) => create(worker))
  await Promise.all(sources.map((source) => source.get()))
  clock.advance(lifeMs - 2 * windowMs - 1)
  const slices = 20
  const counts: number[] = []
  const beginDue = async () => {
    const before = begun.size
    for (const source of sources) source.current()
    await new Promise(setImmediate)
    return begun.size - before
  }
  expect(await beginDue()).toBe(0)
  clock.advance(1)
  for (let slice = 0; slice < slices; slice++) {
    clock.advance(windowMs / slices)
    counts.push(await beginDue())
  }
  const share = workers / slices
  const deviation = Math.sqrt(share * (1 - 1 / slices))
  expect(begun.size).toBe(workers)
  expect(Math.max(...counts)).toBeLessThanOrEqual(share * 1.1 + 3 * deviation)
  expect(Math.min(...counts)).toBeGreaterThanOrEqual(share * 0.9 - 3 * deviation)
})

test('each token of a source has a delay of its own', async () => {
  const clock = createFixedClock()
  const delays = [0, 0.5]
  let exchanges = 0
  const source = createTokenSourceFamily<undefined>({
    id: 'fake',
    origin: 'https://fake.example',
    clock,
    random: () => delays[exchanges - 1] ?? 0,
    cacheKey: async () => ['fake'],
    async acquire(_tenant, _previous, { now }) {
      exchanges += 1
      return { value: new Secret(`token-${exchanges}`), scheme: 'Bearer', expiresAt: now + lifeMs }
    },
  })(undefined)
  const renewedAfter = async (milliseconds: number) => {
    const before = exchanges
    clock.advance(milliseconds)
    await source.get()
    await new Promise(setImmediate)
    return exchanges > before
  }
  await source.get()
  expect(await renewedAfter(lifeMs - 60_001)).toBe(false)
  expect(await renewedAfter(1)).toBe(true)
  expect(await renewedAfter(lifeMs - 45_001)).toBe(false)
  expect(await renewedAfter(1)).toBe(true)
})

test('the thresholds take the delay as a part of the first half', () => {
  const token = { issuedAt: 0, expiresAt: 300_000 }
  expect(tokenThresholds(token)).toEqual({ staleAt: 270_000, expiredAt: 295_000 })
  expect(tokenThresholds(token, 0.5)).toEqual({ staleAt: 277_500, expiredAt: 295_000 })
  expect(tokenThresholds(token, 1)).toEqual({ staleAt: 285_000, expiredAt: 295_000 })
})
