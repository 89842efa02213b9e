import type { CoordinatedTokenStore, TokenRecord } from '@countersign/core'
import type { Claim, Lease, TokenVersion } from '@countersign/core/provider'
import { expect, test } from 'vitest'
import { describeUnhurried } from './unhurried.ts'

/** Processes that share one place, with a time that the test moves. */
export interface CoordinatedStoreFixture extends Partial<AsyncDisposable> {
  /** Another process's store on the same place. */
  open(): CoordinatedTokenStore | Promise<CoordinatedTokenStore>
  /** Lets this many milliseconds pass for leases, lives and refusals. */
  advance(milliseconds: number): void | Promise<void>
}

/** Options of {@link describeCoordinatedStore}. */
export interface CoordinatedStoreContract {
  /** A new, empty place. */
  create(): CoordinatedStoreFixture | Promise<CoordinatedStoreFixture>
}

const key = 'a'.repeat(64)
const other = 'b'.repeat(64)
const leaseMs = 10_000
const lifeMs = 600_000
const lives = { ttlMs: 3_600_000, lifeMs }
const refusal = { code: 'TOKEN_REQUEST_REJECTED', problem: 'Refused.', providerCode: 'invalid_client' }

function recordOf(value: string): TokenRecord {
  return {
    value,
    scheme: 'Bearer',
    issuedAt: 1_767_323_045_000,
    expiresAt: 1_767_323_045_000 + lifeMs,
    refreshToken: `refresh-of-${value}`,
  }
}

function claimed(claim: Claim): Extract<Claim, { outcome: 'claimed' }> {
  if (claim.outcome !== 'claimed') throw new Error(`The claim was not granted but ${claim.outcome}.`)
  return claim
}

/**
 * Declares the tests that every `CoordinatedTokenStore` must pass, whatever it is made of. Each runs on a new place
 * with two processes.
 *
 * @example
 * ```ts
 * import { createMemoryTokenStore } from '@countersign/core'
 * import { createFixedClock, describeCoordinatedStore } from '@countersign/testing'
 *
 * describeCoordinatedStore({
 *   create() {
 *     const clock = createFixedClock()
 *     const store = createMemoryTokenStore({ clock })
 *     return { open: () => store, advance: clock.advance }
 *   },
 * })
 * ```
 */
export function describeCoordinatedStore({ create }: CoordinatedStoreContract): void {
  const open = async () => {
    const fixture = await create()
    const [one, two] = [await fixture.open(), await fixture.open()]
    const claim = async (owner: string, { store = one, known }: ClaimInput = {}) =>
      store.claim(key, { owner, leaseMs, known })
    /** Claims as `owner` and publishes. */
    const publish = async (owner: string, value: string, input: ClaimInput = {}) => {
      const lease: Lease = { owner, version: claimed(await claim(owner, input)).version }
      const published = await (input.store ?? one).publish(key, lease, recordOf(value), lives)
      if (!published.accepted) throw new Error('The publication was refused.')
      return { lease, version: published.version }
    }
    return {
      one,
      two,
      claim,
      publish,
      advance: async (milliseconds: number) => fixture.advance(milliseconds),
      [Symbol.asyncDispose]: async () => fixture[Symbol.asyncDispose]?.(),
    }
  }
  interface ClaimInput {
    store?: CoordinatedTokenStore
    known?: TokenVersion | undefined
  }

  describeUnhurried('a coordinated token store', () => {
    test('the first claim is granted in a new history, and every other is held meanwhile', async () => {
      await using fixture = await open()
      const { claim, two, advance } = fixture
      const first = claimed(await claim('one'))
      expect(first).toEqual({ outcome: 'claimed', version: { epoch: expect.any(String), generation: 0 } })
      await advance(1_000)
      const held = await claim('two', { store: two })
      expect(held).toMatchObject({ outcome: 'held' })
      const { remainingMs } = held as Extract<Claim, { outcome: 'held' }>
      expect(remainingMs).toBeGreaterThan(0)
      expect(remainingMs).toBeLessThanOrEqual(leaseMs)
    })

    test('a claim that its owner repeats is granted again: the first answer may have been lost', async () => {
      await using fixture = await open()
      const { claim } = fixture
      const first = claimed(await claim('one'))
      expect(claimed(await claim('one')).version).toEqual(first.version)
    })

    test('a published record is handed over with every member, and its history', async () => {
      await using fixture = await open()
      const { claim, publish, two } = fixture
      const { version } = await publish('one', 'first')
      expect(version.generation).toBe(1)
      const found = await claim('two', { store: two })
      expect(found).toMatchObject({
        outcome: 'record',
        version,
        record: { ...recordOf('first'), ...version },
      })
      expect(await two.get(key)).toEqual({ ...recordOf('first'), ...version })
    })

    test('a process that knows the stored version is granted the lease, with the record to be spent', async () => {
      await using fixture = await open()
      const { claim, publish, two } = fixture
      const { version } = await publish('one', 'first')
      const granted = claimed(await claim('two', { store: two, known: version }))
      expect(granted.version).toEqual(version)
      expect(granted.record).toEqual({ ...recordOf('first'), ...version })
    })

    test('a process that knows an older version or another history is handed the record', async () => {
      await using fixture = await open()
      const { claim, publish } = fixture
      const { version } = await publish('one', 'first')
      const second = await publish('one', 'second', { known: version })
      expect(second.version).toEqual({ epoch: version.epoch, generation: 2 })
      for (const known of [version, { epoch: 'lost', generation: 9 }, undefined])
        expect(await claim('two', { known })).toMatchObject({ outcome: 'record', version: second.version })
    })

    test('a record is handed over while a lease is held: its token still serves', async () => {
      await using fixture = await open()
      const { claim, publish, two } = fixture
      const { version } = await publish('one', 'first')
      claimed(await claim('one', { known: version }))
      expect(await claim('two', { store: two })).toMatchObject({ outcome: 'record', version })
    })

    test('a record whose access token has less than 5 s left is handed over to the one who renews it', async () => {
      await using fixture = await open()
      const { claim, publish, two, advance } = fixture
      const { version } = await publish('one', 'first')
      await advance(lifeMs - 4_000)
      const granted = claimed(await claim('two', { store: two }))
      expect(granted).toMatchObject({ version, record: { refreshToken: 'refresh-of-first' } })
    })

    test('a record that is kept no longer is gone, and a new history begins', async () => {
      await using fixture = await open()
      const { claim, publish, one, advance } = fixture
      const { version } = await publish('one', 'first')
      await advance(lives.ttlMs + 1)
      expect(await one.get(key)).toBeFalsy()
      const granted = claimed(await claim('two'))
      expect(granted.record).toBeUndefined()
      expect(granted.version).toMatchObject({ generation: 0 })
      expect(granted.version.epoch).not.toBe(version.epoch)
    })

    test('the intent to spend is seen by everyone after, until the next token', async () => {
      await using fixture = await open()
      const { claim, publish, one, two, advance } = fixture
      const { version } = await publish('one', 'first')
      claimed(await claim('one', { known: version }))
      expect(await one.spend(key, { owner: 'one', version })).toBe(true)
      await advance(leaseMs + 1)
      const granted = claimed(await claim('two', { store: two, known: version }))
      expect(granted.record?.spending).toBe(true)
      const published = await two.publish(key, { owner: 'two', version }, recordOf('second'), lives)
      expect(published).toMatchObject({ accepted: true })
      expect(await one.get(key)).not.toHaveProperty('spending')
    })

    test('what was spent cannot be spent by a later holder, and again only by its own', async () => {
      await using fixture = await open()
      const { claim, publish, one, two } = fixture
      const { version } = await publish('one', 'first')
      claimed(await claim('one', { known: version }))
      expect(await one.spend(key, { owner: 'one', version })).toBe(true)
      expect(await one.spend(key, { owner: 'one', version })).toBe(true)
      await one.fail(key, { owner: 'one', version })
      claimed(await claim('two', { store: two, known: version }))
      expect(await two.spend(key, { owner: 'two', version })).toBe(false)
    })

    test('a record that says that it was spent is published as one that was not', async () => {
      await using fixture = await open()
      const { claim, one } = fixture
      const { version } = claimed(await claim('one'))
      const record = { ...recordOf('first'), spending: true, generation: 7, epoch: 'another' }
      await one.publish(key, { owner: 'one', version }, record, lives)
      expect(await one.get(key)).toEqual({ ...recordOf('first'), epoch: version.epoch, generation: 1 })
    })

    test('without its lease a process can neither spend, publish nor extend', async () => {
      await using fixture = await open()
      const { claim, publish, one, two, advance } = fixture
      const { version } = await publish('one', 'first')
      claimed(await claim('one', { known: version }))
      await advance(leaseMs + 1)
      const late: Lease = { owner: 'one', version }
      expect(await one.spend(key, late)).toBe(false)
      expect(await one.extend(key, late, { leaseMs })).toBe(false)
      expect(await one.publish(key, late, recordOf('late'), lives)).toEqual({ accepted: false })
      const winner = await publish('two', 'second', { store: two, known: version })
      expect(await one.spend(key, late)).toBe(false)
      expect(await one.extend(key, late, { leaseMs })).toBe(false)
      expect(await one.publish(key, late, recordOf('late'), lives)).toEqual({ accepted: false })
      await one.fail(key, late, { refusal, refusalMs: 5_000 })
      expect(await claim('one', { known: version })).toMatchObject({
        outcome: 'record',
        version: winner.version,
        record: { value: 'second' },
      })
    })

    test('a lease of another version is refused, also from its owner', async () => {
      await using fixture = await open()
      const { claim, publish, one } = fixture
      const { version } = await publish('one', 'first')
      claimed(await claim('one', { known: version }))
      for (const wrong of [
        { ...version, generation: 0 },
        { ...version, generation: 2 },
        { ...version, epoch: 'another' },
      ]) {
        const lease: Lease = { owner: 'one', version: wrong }
        expect(await one.spend(key, lease)).toBe(false)
        expect(await one.publish(key, lease, recordOf('wrong'), lives)).toEqual({ accepted: false })
      }
      expect(await one.get(key)).toMatchObject({ value: 'first' })
    })

    test('a publication that is repeated changes nothing', async () => {
      await using fixture = await open()
      const { publish, one } = fixture
      const { lease, version } = await publish('one', 'first')
      await one.publish(key, lease, recordOf('again'), lives)
      expect(await one.get(key)).toMatchObject({ value: 'first', ...version })
    })

    test('an extended lease lasts from the extension', async () => {
      await using fixture = await open()
      const { claim, one, two, advance } = fixture
      const { version } = claimed(await claim('one'))
      for (let round = 0; round < 4; round++) {
        await advance(leaseMs - 1_000)
        expect(await one.extend(key, { owner: 'one', version }, { leaseMs })).toBe(true)
        expect(await claim('two', { store: two })).toMatchObject({ outcome: 'held' })
      }
      await advance(leaseMs + 1)
      claimed(await claim('two', { store: two }))
    })

    test('a failure releases the lease at once', async () => {
      await using fixture = await open()
      const { claim, one, two } = fixture
      const { version } = claimed(await claim('one'))
      await one.fail(key, { owner: 'one', version })
      claimed(await claim('two', { store: two }))
    })

    test('a refusal meets every claim until its time has passed', async () => {
      await using fixture = await open()
      const { claim, one, two, advance } = fixture
      const { version } = claimed(await claim('one'))
      await one.fail(key, { owner: 'one', version }, { refusal, refusalMs: 5_000 })
      for (const store of [one, two]) {
        const met = await claim('two', { store })
        expect(met).toMatchObject({ outcome: 'refused', refusal })
        const { remainingMs } = met as Extract<Claim, { outcome: 'refused' }>
        expect(remainingMs).toBeGreaterThan(0)
        expect(remainingMs).toBeLessThanOrEqual(5_000)
      }
      claimed(await two.claim(other, { owner: 'two', leaseMs }))
      await advance(5_001)
      claimed(await claim('two', { store: two }))
    })

    test('a token that still lives is handed over in spite of a refusal', async () => {
      await using fixture = await open()
      const { claim, publish, one } = fixture
      const { version } = await publish('one', 'first')
      claimed(await claim('one', { known: version }))
      await one.fail(key, { owner: 'one', version }, { refusal, refusalMs: 5_000 })
      expect(await claim('two')).toMatchObject({ outcome: 'record', version })
      expect(await claim('two', { known: version })).toMatchObject({ outcome: 'refused' })
    })

    test('what is deleted begins a new history, and a lease from before publishes nothing', async () => {
      await using fixture = await open()
      const { claim, publish, one, two } = fixture
      const { version } = await publish('one', 'first')
      claimed(await claim('one', { known: version }))
      await two.delete(key)
      expect(await one.get(key)).toBeFalsy()
      expect(await one.spend(key, { owner: 'one', version })).toBe(false)
      expect(await one.publish(key, { owner: 'one', version }, recordOf('late'), lives)).toEqual({
        accepted: false,
      })
      const granted = claimed(await claim('two', { store: two }))
      expect(granted.record).toBeUndefined()
      expect(granted.version.epoch).not.toBe(version.epoch)
    })

    test('a process that knows a later generation ends the history: the store lost what came after', async () => {
      await using fixture = await open()
      const { claim, publish, one } = fixture
      const { version } = await publish('one', 'first')
      const granted = claimed(await claim('one', { known: { ...version, generation: 5 } }))
      expect(granted).not.toHaveProperty('record')
      expect(granted.version).toEqual({ epoch: expect.any(String), generation: 0 })
      expect(granted.version.epoch).not.toBe(version.epoch)
      expect(await one.spend(key, { owner: 'one', version: granted.version })).toBe(false)
    })

    test('a record that is set is the next generation', async () => {
      await using fixture = await open()
      const { claim, publish, one } = fixture
      const { version } = await publish('one', 'first')
      await one.set(key, recordOf('set'), { ttlMs: lives.ttlMs })
      const next = { ...version, generation: 2 }
      expect(await claim('two', { known: version })).toMatchObject({
        outcome: 'record',
        version: next,
        record: { ...recordOf('set'), ...next },
      })
    })

    test('how long a token still lives is measured by the store', async () => {
      await using fixture = await open()
      const { claim, publish, advance } = fixture
      await publish('one', 'first')
      await advance(60_000)
      const { lifeMs: left } = (await claim('two')) as Extract<Claim, { outcome: 'record' }>
      if (left === undefined) return
      expect(left).toBeGreaterThan(0)
      expect(left).toBeLessThanOrEqual(lifeMs - 60_000)
    })

    test('keys do not mix', async () => {
      await using fixture = await open()
      const { claim, publish, one } = fixture
      await publish('one', 'first')
      expect(await one.get(other)).toBeFalsy()
      const granted = claimed(await one.claim(other, { owner: 'one', leaseMs }))
      expect(granted.record).toBeUndefined()
      expect(await claim('two')).toMatchObject({ outcome: 'record', record: { value: 'first' } })
    })

    test('of many claims at once one is granted', async () => {
      await using fixture = await open()
      const { claim, one, two } = fixture
      const claims = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          claim(`owner-${index}`, { store: index % 2 === 0 ? one : two }),
        ),
      )
      expect(claims.filter(({ outcome }) => outcome === 'claimed')).toHaveLength(1)
      expect(claims.filter(({ outcome }) => outcome === 'held')).toHaveLength(19)
    })

    test('a watcher is called after a publication, and no longer once it has ended', async () => {
      await using fixture = await open()
      const { publish, claim, two } = fixture
      if (two.watch === undefined) return
      let calls = 0
      const called = Promise.withResolvers<void>()
      const end = await two.watch(key, () => {
        calls += 1
        called.resolve()
      })
      const { version } = await publish('one', 'first')
      await called.promise
      await end()
      const before = calls
      await publish('one', 'second', { known: version })
      expect(await claim('two', { store: two })).toMatchObject({ record: { value: 'second' } })
      expect(calls).toBe(before)
    })
  })
}
