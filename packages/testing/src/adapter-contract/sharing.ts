import { createMemoryTokenStore } from '@countersign/core'
import { expect, test } from 'vitest'
import type { AdapterContract } from './contract.ts'
import { createFixture } from './fixture.ts'

/** Instances share nothing, unless they are given the same store and are the same identity. */
export function testSharing(contract: AdapterContract): void {
  const { proof } = contract
  const perCall = proof === 'signed each time'

  test('two instances share nothing', async () => {
    await using fixture = await createFixture(contract)
    const first = fixture.create()
    await first.fetch(fixture.url)
    await fixture.create().fetch(fixture.url)
    expect(proof === 'exchanged' ? fixture.tokenCalls() : fixture.signatures()).toBe(2)
    await first.fetch(fixture.url)
    expect(proof === 'exchanged' ? fixture.tokenCalls() : fixture.signatures()).toBe(perCall ? 3 : 2)
  })

  test('instances of one identity share the token through a store', async () => {
    await using fixture = await createFixture(contract)
    const tokenStore = createMemoryTokenStore()
    for (const _ of [1, 2, 3]) {
      expect((await fixture.create({ tokenStore }).fetch(fixture.url)).status).toBe(200)
    }
    expect(proof === 'exchanged' ? fixture.tokenCalls() : fixture.signatures()).toBe(perCall ? 3 : 1)
    expect(fixture.apiCalls()).toBe(3)
  })

  test('identities do not mix in one store', async () => {
    await using fixture = await createFixture(contract)
    const tokenStore = createMemoryTokenStore()
    const another = await fixture.registerAnother()
    await fixture.create({ tokenStore }).fetch(fixture.url)
    expect((await fixture.create({ ...another, tokenStore }).fetch(fixture.url)).status).toBe(200)
    expect(proof === 'exchanged' ? fixture.tokenCalls() : fixture.signatures()).toBe(2)
    expect(new Set(fixture.proofs()).size).toBe(2)
  })

  test('what a store is handed is plain, and its key names nobody', async () => {
    await using fixture = await createFixture(contract)
    const kept: { key: string; record: unknown; ttlMs: number }[] = []
    const tokenStore = {
      get: () => undefined,
      set: (key: string, record: unknown, { ttlMs }: { ttlMs: number }) =>
        void kept.push({ key, record, ttlMs }),
      delete: () => undefined,
    }
    await fixture.create({ tokenStore }).fetch(fixture.url)
    expect(kept).toHaveLength(perCall ? 0 : 1)
    for (const { key, record, ttlMs } of kept) {
      expect(key).toMatch(/^[\da-f]{64}$/)
      expect(JSON.parse(JSON.stringify(record))).toEqual(record)
      expect(fixture.proofs()[0]).toContain((record as { value: string }).value)
      expect(ttlMs).toBeGreaterThan(0)
    }
  })

  test('a store that fails stops nothing', async () => {
    await using fixture = await createFixture(contract)
    const broken = () => {
      throw new Error('the store is down')
    }
    const auth = fixture.create({ tokenStore: { get: broken, set: broken, delete: broken, lock: broken } })
    expect((await auth.fetch(fixture.url)).status).toBe(200)
    expect((await auth.fetch(fixture.url)).status).toBe(200)
    expect(proof === 'exchanged' ? fixture.tokenCalls() : fixture.signatures()).toBe(perCall ? 2 : 1)
    await auth.invalidate()
  })

  test('invalidate makes the next request get new proof', async () => {
    await using fixture = await createFixture(contract)
    const tokenStore = createMemoryTokenStore()
    const auth = fixture.create({ tokenStore })
    await auth.fetch(fixture.url)
    fixture.clock.advance(1_000)
    await auth.invalidate()
    expect((await auth.fetch(fixture.url)).status).toBe(200)
    expect(proof === 'exchanged' ? fixture.tokenCalls() : fixture.signatures()).toBe(2)
    expect(new Set(fixture.proofs()).size).toBe(2)
  })
}
