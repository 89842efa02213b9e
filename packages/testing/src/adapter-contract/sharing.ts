import { createMemoryTokenStore } from '@countersign/core'
import { expect, test } from 'vitest'
import type { AdapterContract } from '../adapter-contract.ts'
import { setStage } from './stage.ts'

/** Instances share nothing, unless they are given the same store and are the same identity. */
export function testSharing(contract: AdapterContract): void {
  const { proof } = contract
  const perCall = proof === 'signed each time'

  test('two instances share nothing', async () => {
    await using stage = await setStage(contract)
    const first = stage.create()
    await first.fetch(stage.url)
    await stage.create().fetch(stage.url)
    expect(proof === 'exchanged' ? stage.tokenCalls() : stage.signatures()).toBe(2)
    await first.fetch(stage.url)
    expect(proof === 'exchanged' ? stage.tokenCalls() : stage.signatures()).toBe(perCall ? 3 : 2)
  })

  test('instances of one identity share the token through a store', async () => {
    await using stage = await setStage(contract)
    const tokenStore = createMemoryTokenStore()
    for (const _ of [1, 2, 3]) {
      expect((await stage.create({ tokenStore }).fetch(stage.url)).status).toBe(200)
    }
    expect(proof === 'exchanged' ? stage.tokenCalls() : stage.signatures()).toBe(perCall ? 3 : 1)
    expect(stage.apiCalls()).toBe(3)
  })

  test('identities do not mix in one store', async () => {
    await using stage = await setStage(contract)
    const tokenStore = createMemoryTokenStore()
    const another = await stage.registerAnother()
    await stage.create({ tokenStore }).fetch(stage.url)
    expect((await stage.create({ ...another, tokenStore }).fetch(stage.url)).status).toBe(200)
    expect(proof === 'exchanged' ? stage.tokenCalls() : stage.signatures()).toBe(2)
    expect(new Set(stage.authorizations()).size).toBe(2)
  })

  test('what a store is handed is plain, and its key names nobody', async () => {
    await using stage = await setStage(contract)
    const kept: { key: string; record: unknown; ttlMs: number }[] = []
    const tokenStore = {
      get: () => undefined,
      set: (key: string, record: unknown, { ttlMs }: { ttlMs: number }) =>
        void kept.push({ key, record, ttlMs }),
      delete: () => undefined,
    }
    await stage.create({ tokenStore }).fetch(stage.url)
    expect(kept).toHaveLength(perCall ? 0 : 1)
    for (const { key, record, ttlMs } of kept) {
      expect(key).toMatch(/^[\da-f]{64}$/)
      expect(JSON.parse(JSON.stringify(record))).toEqual(record)
      expect(stage.authorizations()[0]).toContain((record as { value: string }).value)
      expect(ttlMs).toBeGreaterThan(0)
    }
  })

  test('a store that fails stops nothing', async () => {
    await using stage = await setStage(contract)
    const broken = () => {
      throw new Error('the store is down')
    }
    const auth = stage.create({ tokenStore: { get: broken, set: broken, delete: broken, lock: broken } })
    expect((await auth.fetch(stage.url)).status).toBe(200)
    expect((await auth.fetch(stage.url)).status).toBe(200)
    expect(proof === 'exchanged' ? stage.tokenCalls() : stage.signatures()).toBe(perCall ? 2 : 1)
    await auth.invalidate()
  })

  test('invalidate makes the next request get new proof', async () => {
    await using stage = await setStage(contract)
    const tokenStore = createMemoryTokenStore()
    const auth = stage.create({ tokenStore })
    await auth.fetch(stage.url)
    stage.clock.advance(1_000)
    await auth.invalidate()
    expect((await auth.fetch(stage.url)).status).toBe(200)
    expect(proof === 'exchanged' ? stage.tokenCalls() : stage.signatures()).toBe(2)
    expect(new Set(stage.authorizations()).size).toBe(2)
  })
}
